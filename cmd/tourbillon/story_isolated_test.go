//go:build unix && !race

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestStories_Isolated tells every story with each function in processes of its
// own, which come and go. So many processes to a system, each slowed by the race
// detector, would be late for what the stories wait for.
func TestStories_Isolated(t *testing.T) { tell(t, modes["isolate"]) }

// rests waits until no function but the clock, which is started by the time of
// day, has a process.
func (f *fleet) rests() {
	f.t.Helper()
	f.within("every function is at zero", func() bool {
		var now instances
		_, said := f.ask("GET", "/instances", "")
		if err := json.Unmarshal([]byte(said), &now); err != nil {
			f.t.Fatal(err)
		}
		for _, s := range now.Functions {
			if s.Function != "clock" && (s.Ready > s.Min || s.Starting+s.Stopping+s.UnderWay > 0) {
				return false
			}
		}
		return len(now.Functions) > 10
	})
}

// TestIsolate_MailFromZero has notify started by its first event, and its mail
// accepted within a second of the fact that it is about. This machine may have
// other things to do: one of a few bookings must be as fast.
func TestIsolate_MailFromZero(t *testing.T) {
	f := sails(t, "-window=1s")
	var took []float64
	for range 15 {
		f.rests()
		id := f.books("orchestration")
		var timeline struct {
			Timeline []struct {
				Event     string
				Cause     string
				LatencyMs float64
			}
		}
		f.within("the customer is told", func() bool {
			_, said := f.ask("GET", "/bookings/"+id, "")
			if err := json.Unmarshal([]byte(said), &timeline); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			return strings.Contains(said, "notification.sent")
		})
		for _, e := range timeline.Timeline {
			if e.Event == "notification.sent" {
				took = append(took, e.LatencyMs)
				break
			}
		}
		if n := len(took); n > 0 && took[n-1] > 0 && took[n-1] < 1000 {
			f.stops(syscall.SIGTERM)
			return
		}
	}
	t.Errorf("mails were accepted %v ms after the facts that they are about, want one within 1000", took)
}

// TestIsolate_CrowdAtZero has five hundred bookings arrive while no function has
// a process: all end, and each seat is sold once.
func TestIsolate_CrowdAtZero(t *testing.T) {
	const bookings = 500
	f := sails(t, "-window=2s")
	if resp, said := f.ask("POST", "/departures", `{"id":"wide-boat","tourId":"lyon-old-town","startsAt":"2031-05-01T09:00:00+02:00",
		"timeZone":"Europe/Paris","capacity":600,"price":{"amount":4500,"currency":"EUR"}}`); resp.StatusCode != http.StatusCreated {
		t.Fatalf("got %s: %s", resp.Status, said)
	}
	f.rests()
	var all sync.WaitGroup
	for i := range bookings {
		all.Go(func() {
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
		return strings.Contains(said, fmt.Sprintf(`"held":0,"sold":%d,"available":100`, bookings))
	})
	f.within("everybody is told twice", func() bool { return len(f.told()) >= 2*bookings })
	f.rests()
	if _, said := f.ask("GET", "/dead-letters", ""); strings.Contains(said, `"id"`) {
		t.Errorf("something was given up: %.500s", said)
	}
	f.stops(syscall.SIGTERM)
}

// TestBenchCold measures one round, and demands that it is a measurement.
func TestBenchCold(t *testing.T) {
	out, err := exec.Command("tourbillon", "bench", "cold", "-rounds=2", "-window=500ms", "-output=json").Output()
	var got struct{ Rows []coldRow }
	if err := errors.Join(err, json.Unmarshal(out, &got)); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	rows := map[string]coldRow{}
	for _, r := range got.Rows {
		rows[r.What] = r
	}
	for what, least := range map[string]int{"notify": 2, "reserve": 2, "all functions": 12, "a booking from zero to its end": 2} {
		if r := rows[what]; r.Starts < least || r.P50Ms <= 0 || r.P99Ms < r.P50Ms {
			t.Errorf("%s: got %+v, want at least %d starts", what, r, least)
		}
	}
}
