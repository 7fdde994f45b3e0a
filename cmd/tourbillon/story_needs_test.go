package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tourbillon/knative"
	"tourbillon/saga"
)

// needs names, for each Trigger, the story that cannot be told without it.
var needs = map[string]string{
	"archive":            "catalog",
	"audit":              "audited",
	"keeper":             "confirmed",
	"command-announce":   "confirmed",
	"command-book":       "confirmed",
	"command-catalog":    "catalog",
	"command-charge":     "confirmed",
	"command-clock":      "paid-later-orchestration",
	"command-compensate": "declined",
	"command-fanout":     "departure-cancelled",
	"command-notify":     "confirmed",
	"command-request":    "lost-request",
	"command-reserve":    "confirmed",
	"command-saga":       "cancelled-orchestration",

	"availability-tour-spots-reserved": "sold-out-orchestration",
	"availability-tour-spots-released": "watched",
	"fanout-tour-departure-cancelled":  "departure-cancelled",
	"fanout-tour-departure-changed":    "departure-moved",
	"fanout-tour-updated":              "departure-moved",
	"fanout-tour-availability-low":     "watched",
	"fanout-tour-availability-back":    "watched",
	"announce-payment-succeeded":       "confirmed",
	"announce-payment-refunded":        "refund-came-back",
	"announce-payment-refund-failed":   "refund-came-back",
	"notify-notification-delivered":    "message-delivered",
	"notify-notification-bounced":      "message-delivered",
	"customer-notification-bounced":    "message-bounced",
	"customer-notification-failed":     "message-refused",
	"customer-customer-opted-out":      "message-stop-start",
	"customer-customer-opted-in":       "message-stop-start",
	"choreography-booking-requested":   "confirmed",
	"choreography-tour-spots-reserved": "confirmed",
	"choreography-booking-created":     "confirmed",
	"choreography-payment-succeeded":   "confirmed",
	"choreography-booking-confirmed":   "confirmed",
	"choreography-tour-spots-sold":     "confirmed",
	"choreography-tour-spots-rejected": "sold-out-choreography",
	"choreography-payment-failed":      "declined",
	"choreography-booking-rejected":    "sold-out-choreography",
	"choreography-booking-expired":     "expired",
	"choreography-booking-cancelled":   "cancelled-choreography",
	"choreography-payment-refunded":    "cancelled-choreography",
	"choreography-payment-voided":      "declined",
	"choreography-tour-spots-released": "declined",
}

// TestStories_OutliveATrigger holds the next test to its word: a story that has no
// need of a Trigger is told without it.
func TestStories_OutliveATrigger(t *testing.T) {
	for trigger, story := range map[string]string{
		"choreography-booking-expired": "confirmed", "command-clock": "declined", "archive": "confirmed",
		"choreography-payment-voided": "lost-request", "command-request": "charged-once-choreography",
		"customer-notification-bounced": "message-delivered", "customer-notification-failed": "message-stop-start",
		"customer-customer-opted-in": "message-bounced", "notify-notification-bounced": "message-refused",
	} {
		t.Run(story+" is told without "+trigger, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			without(t, dir, trigger)
			p := telling(dir, everyFlow)
			p.Files = []string{filepath.Join(stories, story+".txtar")}
			testscript.Run(t, p)
		})
	}
}

// TestStories_NeedEveryTrigger deletes one Trigger after the other from the
// manifests, and wants the story that it names to go wrong.
func TestStories_NeedEveryTrigger(t *testing.T) {
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	for _, trigger := range m.Triggers {
		t.Run("without "+trigger.Name+" a story goes wrong", func(t *testing.T) {
			t.Parallel()
			story, ok := needs[trigger.Name]
			if !ok {
				t.Fatal("no story is named for it")
			}
			dir := t.TempDir()
			without(t, dir, trigger.Name)
			if _, err := knative.Read(os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			p := telling(dir, everyFlow, goesWrong)
			p.Files = []string{filepath.Join(stories, story+".txtar")}
			listener := &listener{T: t}
			testscript.RunT(listener, p)
			if !listener.failed {
				t.Errorf("the story %s is told all the same", story)
			}
		})
	}
	if want := len(saga.Shipped().Newest().Routes()) + 2; len(m.Triggers) != want || len(needs) != want {
		t.Errorf("%d Triggers, %d of them with a story; want %d", len(m.Triggers), len(needs), want)
	}
}

// without writes the manifests but for one Trigger.
func without(t *testing.T, dir, trigger string) {
	t.Helper()
	found := false
	names, err := fs.Glob(knative.Base(), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(knative.Base(), name)
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for _, doc := range strings.Split(string(raw), "\n---\n") {
			if strings.Contains(doc, "kind: Trigger\n") && strings.Contains(doc, "name: "+trigger+"\n") {
				found = true
				continue
			}
			kept = append(kept, doc)
		}
		text := strings.Join(kept, "\n---\n")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("the manifests have no Trigger %s of its own", trigger)
	}
}

// listener hears whether a story goes wrong, without going wrong itself.
type listener struct {
	*testing.T
	failed bool
}

func (l *listener) Fatal(args ...any) { l.Log(args...); l.FailNow() }

// FailNow ends the goroutine of the story, which is one of its own.
func (l *listener) FailNow() {
	l.failed = true
	runtime.Goexit()
}

// Parallel does nothing: the test that listens is parallel already.
func (l *listener) Parallel() {}

// Run tells a story to its end.
func (l *listener) Run(_ string, story func(testscript.T)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		story(l)
	}()
	<-done
}

// Verbose has a story that goes wrong as it should say nothing.
func (l *listener) Verbose() bool { return false }

// Log says nothing: what goes wrong here is meant to.
func (l *listener) Log(...any) {}
