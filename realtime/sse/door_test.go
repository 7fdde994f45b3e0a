package sse_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tourbillon/realtime"
	"tourbillon/realtime/realtimetest"
	"tourbillon/realtime/sse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var seats = realtime.Topic{Kind: realtime.Departure, ID: "lyon-0900"}

func open(t *testing.T, o realtimetest.Options) (*realtimetest.Relay, *realtimetest.Truth) {
	t.Helper()
	truth := realtimetest.NewTruth(1)
	truth.Put(seats, `{"available":4}`)
	truth.Change(seats)
	r := realtimetest.Start(t, truth, o)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	t.Cleanup(r.Stop)
	return r, truth
}

// stream is a client.
type stream struct {
	t      *testing.T
	lines  *bufio.Scanner
	header http.Header
	code   int
	hangUp func()
}

func dial(t *testing.T, r *realtimetest.Relay, header http.Header, topics ...string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL("http", "/sse?"+url.Values{"topic": topics}.Encode()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return &stream{t, bufio.NewScanner(resp.Body), resp.Header, resp.StatusCode, cancel}
}

// next is the next event, its lines joined by bars.
func (s *stream) next() string {
	var event []string
	for s.lines.Scan() {
		if line := s.lines.Text(); line != "" {
			event = append(event, line)
		} else if len(event) > 0 {
			return strings.Join(event, "|")
		}
	}
	return strings.Join(event, "|")
}

func (s *stream) wants(prefix, part string) {
	s.t.Helper()
	if got := s.next(); !strings.HasPrefix(got, prefix) || !strings.Contains(got, part) {
		s.t.Errorf("got %q, want %q with %q", got, prefix, part)
	}
}

func TestDoor(t *testing.T) {
	r, truth := open(t, realtimetest.Options{Stream: sse.Options{Beat: 100 * time.Millisecond}})
	s := dial(t, r, nil, seats.String())
	if s.code != 200 || s.header.Get("X-Accel-Buffering") != "no" || s.header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Errorf("%d %v", s.code, s.header)
	}
	s.wants("retry: ", "")
	news := func() (got string) { // past what is said where nothing happens
		for got = ":"; got == ":"; got = s.next() {
		}
		return got
	}
	if got := news(); !strings.HasPrefix(got, "id: 1@first|event: value|data: {") || !strings.Contains(got, `"version":1,`) {
		t.Errorf("got %q", got)
	}
	s.wants(":", "") // nothing happens, and is said
	truth.Change(seats)
	if got := news(); !strings.HasPrefix(got, "id: 2@first|event: value|data: {") {
		t.Errorf("got %q", got)
	}
}

func TestDoor_Resume(t *testing.T) {
	r, truth := open(t, realtimetest.Options{})
	mine := realtime.Topic{Kind: realtime.Booking, ID: "the-key-to-a-booking"}
	truth.Put(mine, `{"status":"ON_HOLD"}`)
	first := dial(t, r, nil, mine.String(), seats.String(), "tours")
	for range 4 { // all is read by now, and is sent in the order that it is asked for
		first.next()
	}
	for id, want := range map[string]int{
		"":                    2,
		"0@first,1@first,-":   0,
		"0@first,0@first,-":   1,
		"0@earlier,1@first,-": 1,
		"0@first,1@first":     2, // of another address
		"-,x,-":               2,
	} {
		t.Run("from "+id, func(t *testing.T) {
			s := dial(t, r, http.Header{"Last-Event-Id": {id}}, mine.String(), seats.String(), "tours")
			s.wants("retry: ", "")
			got := 0
			for {
				event := s.next()
				if strings.HasPrefix(event, "event: members") {
					break // asked for last
				}
				got++
				if !strings.Contains(event, "event: value") {
					t.Fatalf("got %q", event)
				}
			}
			if got != want {
				t.Errorf("%d values, want %d", got, want)
			}
			s.hangUp()
		})
	}
}

func TestDoor_Refusals(t *testing.T) {
	r, _ := open(t, realtimetest.Options{Origins: "https://app.example.com"})
	for says, c := range map[string]struct {
		header http.Header
		topics []string
		code   int
	}{
		"no topic":         {nil, nil, 400},
		"too many topics":  {nil, make([]string, 101), 400},
		"another's origin": {http.Header{"Origin": {"https://evil.example"}}, []string{"tours"}, 403},
		"a guessed token":  {http.Header{"Authorization": {"Bearer x"}}, []string{"sagas"}, 401},
	} {
		if s := dial(t, r, c.header, c.topics...); s.code != c.code {
			t.Errorf("%s: %d", says, s.code)
		}
	}
	s := dial(t, r, http.Header{"Origin": {"https://app.example.com"}}, "booking:not-the-key", "sagas", "nonsense")
	if got := s.header.Get("Access-Control-Allow-Origin"); got != "https://app.example.com" {
		t.Errorf("shared with %q", got)
	}
	s.wants("retry: ", "")
	codes := ""
	for range 3 {
		codes += s.next()
	}
	for _, code := range []string{"unknown-topic", "forbidden", "bad-topic"} {
		if !strings.Contains(codes, `"code":"`+code+`"`) {
			t.Errorf("no %s in %s", code, codes)
		}
	}
	resp, err := http.Post(r.URL("http", "/sse?topic=tours"), "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Error(resp.Status)
	}
}

func TestDoor_Drain(t *testing.T) {
	truth := realtimetest.NewTruth(1)
	truth.Put(seats, `{}`)
	r := realtimetest.Start(t, truth, realtimetest.Options{})
	s := dial(t, r, nil, seats.String())
	s.wants("retry: ", "")
	s.wants("id: 0@first", "")
	r.Stop()
	s.wants("retry: ", `"code":1012`)
	if got := s.next(); got != "" {
		t.Errorf("then %q", got)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestDoor_WhoDoesNotReadIsCut(t *testing.T) {
	o := realtimetest.Options{Stream: sse.Options{Write: 300 * time.Millisecond}}
	o.Hub.Every = time.Millisecond
	r, truth := open(t, o)
	dial(t, r, nil, seats.String()) // and reads nothing
	large := `"` + strings.Repeat("x", 200_000) + `"`
	for range 1000 {
		truth.Set(seats, func(uint64) string { return large })
		time.Sleep(5 * time.Millisecond)
		if in, _ := r.Gate.In(); in == 0 {
			return
		}
	}
	t.Error("it is still there")
}
