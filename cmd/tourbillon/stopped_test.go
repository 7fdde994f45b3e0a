//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tourbillon/knative"
)

// TestIsolate_ThousandFactsWhileNotifyIsStopped has five hundred bookings come
// to their ends, each of which leads to a receipt and an ending's message, while
// notify's process stands still. When it goes on, each is sent, once.
func TestIsolate_ThousandFactsWhileNotifyIsStopped(t *testing.T) {
	const bookings = 500
	folder, thaw := asleep(t, "notify")
	f := sails(t, "-f", folder)
	if resp, said := f.ask("POST", "/departures", `{"id":"wide-boat","tourId":"lyon-old-town","startsAt":"2031-05-01T09:00:00+02:00",
		"timeZone":"Europe/Paris","capacity":600,"price":{"amount":4500,"currency":"EUR"}}`); resp.StatusCode != http.StatusCreated {
		t.Fatalf("got %s: %s", resp.Status, said)
	}
	var all sync.WaitGroup
	asking := make(chan struct{}, 16)
	for i := range bookings {
		all.Go(func() {
			asking <- struct{}{}
			defer func() { <-asking }()
			order := `{"departureId":"wide-boat","seats":1,"flow":"%s","customer":{"name":"Ada","email":"ada%d@example.com"},"payment":{"token":"tok_visa"}}`
			resp, said := f.ask("POST", "/bookings", fmt.Sprintf(order, []string{"orchestration", "choreography"}[i%2], i))
			if resp.StatusCode != http.StatusAccepted {
				t.Errorf("got %s: %s", resp.Status, said)
			}
		})
	}
	all.Wait()
	f.within("all seats are sold", func() bool {
		_, said := f.ask("GET", "/departures/wide-boat", "")
		return strings.Contains(said, fmt.Sprintf(`"sold":%d`, bookings))
	})
	if told := f.told(); len(told) != 0 {
		t.Fatalf("notify stands still, and %d messages were sent", len(told))
	}
	thaw()
	f.within("a thousand messages are sent, and their sagas are completed", func() bool {
		_, said := f.ask("GET", "/metrics", "")
		return len(f.told()) >= 2*bookings && strings.Contains(said, fmt.Sprintf(`tourbillon_end_to_end_seconds_count{ending="saga.completed"} %d`, bookings))
	})
	f.within("notify has nothing left to do", f.quiet(`tourbillon_deliveries_total{function="notify"`))
	for what, times := range f.told() {
		if times != 1 {
			t.Errorf("%s: told %d times", what, times)
		}
	}
	f.stops(syscall.SIGTERM)
}

// asleep is a folder of manifests by which a function's processes stand still
// as soon as they are there, until thaw.
func asleep(t *testing.T, function string) (folder string, thaw func()) {
	t.Helper()
	folder, still := t.TempDir(), filepath.Join(t.TempDir(), "still")
	services := filepath.Join(folder, "services.yaml")
	if err := errors.Join(os.CopyFS(folder, knative.Base()), os.WriteFile(still, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(services)
	if err != nil {
		t.Fatal(err)
	}
	is := "value: " + function + "}]\n"
	if n := strings.Count(string(raw), is); n != 1 {
		t.Fatalf("services.yaml has %d Services %s", n, function)
	}
	text := strings.Replace(string(raw), is, "value: "+function+"}, {name: "+standsStill+", value: "+still+"}]\n", 1)
	if err := os.WriteFile(services, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, func() { _ = os.Remove(still) } // once is enough
}

// within waits until something is so: notify's turn comes again when the time of
// the deliveries that it held has passed.
func (f *fleet) within(what string, so func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("it does not come to be that %s: %d messages are sent", what, len(f.told()))
		}
	}
}

// quiet reports whether a counter has stood still for two seconds.
func (f *fleet) quiet(counter string) func() bool {
	var last string
	var since time.Time
	return func() bool {
		_, said := f.ask("GET", "/metrics", "")
		var now strings.Builder
		for line := range strings.Lines(said) {
			if strings.HasPrefix(line, counter) {
				now.WriteString(line)
			}
		}
		if now.String() != last {
			last, since = now.String(), time.Now()
		}
		return last != "" && time.Since(since) > 2*time.Second
	}
}

// told is how often each message was sent, by booking and template.
func (f *fleet) told() map[string]int {
	all := map[string]int{}
	for cursor := ""; ; {
		_, said := f.ask("GET", "/mailbox?limit=200&cursor="+cursor, "")
		var page struct {
			Messages []struct {
				BookingID, Template string
				Asked               int
			}
			Next string
		}
		if err := json.Unmarshal([]byte(said), &page); err != nil {
			f.t.Fatalf("%v: %s", err, said)
		}
		for _, m := range page.Messages {
			all[m.BookingID+" "+m.Template] += m.Asked
		}
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}
