package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/knative"
)

// house is a system that runs in the test's own process.
type house struct {
	*local
	url     string
	watched string        // where the relay alone is
	stop    func() error  // as Ctrl-C does; returns what serve did
	begun   atomic.Int64  // requests for a booking that reached the function
	full    atomic.Bool   // from here on they wait there
	goOn    chan struct{} // until this is closed
}

// opened is one with these settings.
func opened(tb testing.TB, pairs ...string) *house {
	tb.Helper()
	c, err := read(env(pairs...))
	if err != nil {
		tb.Fatal(err)
	}
	return openedAs(tb, c)
}

func openedAs(tb testing.TB, c config) *house {
	tb.Helper()
	l, err := newLocal(tb.Context(), c, knative.Base(), slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	if err := l.demonstrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	h := &house{local: l, goOn: make(chan struct{})}
	take := l.door.Take
	l.door.Take = func(ctx context.Context, ce event.Event) (*event.Event, error) {
		h.begun.Add(1)
		if h.full.Load() {
			<-h.goOn
		}
		return take(ctx, ce)
	}
	at := map[string]net.Listener{}
	for _, d := range doors {
		if at[d.name], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			tb.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- l.serve(ctx, at) }()
	h.watched = "http://" + at["realtime"].Addr().String()
	h.url = "http://" + at["gateway"].Addr().String()
	h.stop = sync.OnceValue(func() error {
		cancel()
		err := <-served
		if closed := l.close(); err == nil {
			err = closed
		}
		return err
	})
	tb.Cleanup(func() {
		if err := h.stop(); err != nil {
			tb.Errorf("it did not stop in peace: %v", err)
		}
	})
	return h
}

const wanted = `{"departureId":"tokyo-yanaka-0800","seats":1,"customer":{"name":"Ada","email":"ada@example.com"},"payment":{"token":"tok_visa"}}`

// wants asks for a booking, by a connection of its own, and returns its id.
func (h *house) wants(ctx context.Context) (string, error) {
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+"/bookings", strings.NewReader(wanted))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var made struct{ BookingID string }
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusAccepted {
		return "", fmt.Errorf("answered %s: %s", resp.Status, raw)
	}
	return made.BookingID, json.Unmarshal(raw, &made)
}

// idlers opens n connections that were answered once and are kept; what it
// returns waits until the other side has closed all of them.
func (h *house) idlers(t *testing.T, n int) (hungUp func()) {
	t.Helper()
	var kept []*bufio.Reader
	for range n {
		c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, "GET /tours HTTP/1.1\r\nHost: localhost\r\n\r\n")
		r := bufio.NewReader(c)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, r)
	}
	return func() {
		for _, r := range kept {
			if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
				t.Errorf("an idle connection was not closed: %v", err)
			}
		}
	}
}

// TestUp_StopsUnderLoad stops the system while some requests are under way: each
// that had reached a function is answered, and what was promised is on record.
func TestUp_StopsUnderLoad(t *testing.T) {
	h := opened(t)
	var taken sync.Map
	var answered atomic.Int64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for {
				id, err := h.wants(context.Background())
				if err != nil && strings.Contains(err.Error(), "answered") {
					t.Error(err)
				}
				if err != nil {
					return // the door is closed
				}
				taken.Store(id, true)
				if answered.Add(1) == 300 {
					h.full.Store(true)
				}
			}
		})
	}
	until(t, "requests are under way", func() bool { return h.full.Load() && h.begun.Load()-answered.Load() >= 8 })
	hungUp := h.idlers(t, 8)
	stopped := make(chan error)
	go func() { stopped <- h.stop() }()
	hungUp() // so it has begun to close connections, and would have cut those in use
	close(h.goOn)
	if err := <-stopped; err != nil {
		t.Fatalf("it did not stop in peace: %v", err)
	}
	all.Wait()
	if begun, got := h.begun.Load(), answered.Load(); begun != got {
		t.Errorf("%d requests were begun, and %d answered", begun, got)
	}
	taken.Range(func(id, _ any) bool {
		in, err := record.ReadIntake(context.Background(), h.records, id.(string))
		if err != nil || in.Requested == nil {
			t.Errorf("%s was promised, and is not on record: %v", id, err)
		}
		return true
	})
}

// until waits for something to be so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to be that %s", what)
		}
	}
}

func TestUp_OutlivesThoseWhoHangUp(t *testing.T) {
	h := opened(t)
	first, err := h.wants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			switch i % 3 {
			case 0: // in the middle of what it asks
				fmt.Fprintf(c, "POST /bookings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(wanted), wanted[:20])
			case 1: // before it is answered
				fmt.Fprintf(c, "POST /bookings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(wanted), wanted)
			case 2: // while it waits
				fmt.Fprintf(c, "GET /bookings/%s?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n", first)
			}
		})
	}
	all.Wait()
	if _, err := h.wants(t.Context()); err != nil {
		t.Errorf("the next one is not answered: %v", err)
	}
}

func TestUp_WaitingIsAnsweredWhenItStops(t *testing.T) {
	h := opened(t)
	resp, err := http.Post(h.url+"/bookings", "application/json", strings.NewReader(strings.Replace(wanted, "tok_visa", "tok_3ds", 1))) // which ends by nothing that comes here
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ BookingID string }
	if err := json.NewDecoder(resp.Body).Decode(&made); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	answered := make(chan string, 1)
	go func() {
		resp, err := http.Get(h.url + "/bookings/" + made.BookingID + "?wait=60s")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		answered <- fmt.Sprint(resp.StatusCode, " ", string(raw), err)
	}()
	until(t, "the reader waits", func() bool { return len(h.door.Waiting) > 0 })
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	if got := <-answered; !strings.HasPrefix(got, "200 ") {
		t.Errorf("who waited got %s", got)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestUp_Refuses(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for says, c := range map[string]struct {
		args []string
		want string
	}{
		"a port that is taken, with what to set":        {[]string{"-addr", busy.Addr().String()}, "set -addr to another address"},
		"two, with both":                                {[]string{"-addr", busy.Addr().String(), "-realtime-addr", busy.Addr().String()}, "set -realtime-addr to another address"},
		"a folder of manifests that is not there":       {[]string{"-f", "no/such/folder"}, "no/such/folder"},
		"an argument that it does not know":             {[]string{"-colour", "red"}, "colour"},
		"an output that it does not know":               {[]string{"-output", "xml"}, "set text or json"},
		"an address that is none":                       {[]string{"-addr", "nowhere:at:all"}, "-addr"},
		"what stands where no argument should, by name": {[]string{"now"}, "now"},
	} {
		t.Run("it refuses "+says, func(t *testing.T) {
			var out bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := run(ctx, env("TOURBILLON_LOG", "error"), append([]string{"up", "-addr=127.0.0.1:0", "-saga-addr=127.0.0.1:0", "-realtime-addr=127.0.0.1:0", "-notifications-addr=127.0.0.1:0"}, c.args...), &out)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something of %q", err, c.want)
			}
		})
	}
}

// TestUp_DeliversNothing opens the doors of a system that is not to deliver:
// what is published waits, and is delivered when that begins.
func TestUp_DeliversNothing(t *testing.T) {
	c, err := read(env())
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLocal(t.Context(), c, knative.Base(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l.deliver = idle
	at := map[string]net.Listener{}
	for _, d := range doors {
		if at[d.name], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- l.serve(ctx, at) }()
	ask, err := events.Encode(events.Tell(events.TourCreate, events.Data{Tour: &booking.Tour{ID: "harbour", Name: "Harbour", City: "Brest"}}, now()).
		Render(events.Speaker{Function: "test"}, events.Event{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.home.Publish(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	tours := func() int {
		n, err := l.records.Count(t.Context(), record.IndexTours)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := tours(); n != 0 {
		t.Errorf("%d tours were made", n)
	}
	working, end := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- l.runner.Run(working) }()
	for deadline := time.Now().Add(10 * time.Second); tours() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it was not kept for later")
		}
	}
	end()
	if err := errors.Join(<-ran, l.close()); err != nil {
		t.Error(err)
	}
}

// TestUp_SeesLostRecords has an archive without the records that it is of.
func TestUp_SeesLostRecords(t *testing.T) {
	h := opened(t)
	t.Cleanup(func() {
		if err := h.stop(); err != nil {
			t.Error(err)
		}
	})
	fact, err := events.Encode(events.Note(events.SoldOut, events.Data{
		Booking: booking.Booking{DepartureID: "harbour-0900"}, Stock: &booking.Stock{},
	}, "1", now()).Render(events.Speaker{Function: "test"}, events.Event{}))
	if err != nil {
		t.Fatal(err)
	}
	empty := store.New(memory.New())
	asked := func(records *store.Records, archive events.History) bool {
		l := local{system: system{records: records}, carriers: carriers{history: archive}}
		return l.lost(t.Context())
	}
	if asked(empty, mute{}) {
		t.Error("a system that is new has lost nothing")
	}
	if err := h.runner.Publish(t.Context(), "history", fact); err != nil {
		t.Fatal(err)
	}
	if !asked(empty, h.history) {
		t.Error("it is not seen")
	}
	if asked(h.records, h.history) {
		t.Error("records that are there are not lost")
	}
}

// mute is an archive that nothing was said to.
type mute struct{}

func (mute) Read(context.Context, string, int) ([]event.Event, string, error) { return nil, "", nil }
