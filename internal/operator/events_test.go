package operator_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	history "tourbillon/events/memory"
)

// said are events as the API shows them.
type shown struct {
	Events []struct {
		ID, Type, Name, Subject, CorrelationID, SpecVersion string
		Data                                                map[string]any
	}
	Next, Resume string
}

func (s shown) names() (all []string) {
	for _, e := range s.Events {
		all = append(all, e.Name)
	}
	return all
}

// through reads a list to its end.
func (w *world) through(query string) (names []string, last shown) {
	w.t.Helper()
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		last = shown{}
		w.gets(w.Events(), "/events?"+query+"&cursor="+cursor, &last)
		names = append(names, last.names()...)
		if cursor = last.Next; pages > 1000 {
			w.t.Fatal("it never ends")
		}
	}
	return names, last
}

func TestEvents_List(t *testing.T) {
	w := newWorld(t)
	w.open()
	first := w.book("tok_visa")
	w.run()
	w.book("tok_declined")
	w.run()
	all, _ := w.through("")
	way := []string{
		"booking.requested", "tour.spots.reserved", "booking.created", "payment.succeeded",
		"booking.confirmed", "notification.sent", "tour.spots.sold", "notification.sent", "saga.completed", // a receipt, and the ending
	}
	t.Run("the history is told forward, from the first fact to the last", func(t *testing.T) {
		if len(all) < 16 || all[0] != "tour.departure.opened" || !slices.Equal(all[1:10], way) || all[len(all)-1] != "saga.compensated" {
			t.Errorf("got %q", all)
		}
	})
	for _, limit := range []int{1, 2, 3, 7, 200} {
		t.Run(fmt.Sprintf("by pages of %d all of it, once", limit), func(t *testing.T) {
			got, _ := w.through(fmt.Sprint("limit=", limit))
			if diff := cmp.Diff(all, got); diff != "" {
				t.Error(diff)
			}
		})
		t.Run(fmt.Sprintf("of one booking by pages of %d as well", limit), func(t *testing.T) {
			got, _ := w.through(fmt.Sprintf("booking=%s&limit=%d", first, limit))
			if diff := cmp.Diff(way, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("by name and kind, in every combination", func(t *testing.T) {
		for query, want := range map[string]int{
			"name=notification.sent": 3, "kind=fact": len(all), "kind=command": 0, "name=saga.completed&kind=fact&booking=" + first: 1,
			"name=saga.compensated&booking=" + first: 0, "booking=0123456789abcdef": 0, "booking=lyon-0900": 1,
		} {
			if got, _ := w.through(query); len(got) != want {
				t.Errorf("%s: got %q, want %d", query, got, want)
			}
		}
	})
	t.Run("events are CloudEvents in the JSON format", func(t *testing.T) {
		_, s := w.through("name=payment.succeeded")
		e := s.Events[0]
		if e.SpecVersion != "1.0" || e.Type != "tourbillon.payment.succeeded.v1" || e.Subject != first || e.CorrelationID != first || e.Data["bookingId"] != first || e.Data["paymentId"] == "(hidden)" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("who follows goes on where the list ended", func(t *testing.T) {
		_, s := w.through("")
		w.book("tok_visa")
		var more shown
		w.gets(w.Events(), "/events?cursor="+s.Resume, &more)
		if diff := cmp.Diff([]string{"booking.requested"}, more.names()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a kind and a name that there are not are refused", func(t *testing.T) {
		w.refused(w.Events(), http.StatusBadRequest, "GET /events?kind=facts", "fact or command")
		w.refused(w.Events(), http.StatusBadRequest, "GET /events?name=booking", "name: ")
	})
}

func TestEvents_Show(t *testing.T) {
	w := newWorld(t)
	id := w.book("tok_visa")
	_, all := w.through("")
	fact := all.Events[0].ID
	t.Run("one event is shown by its id", func(t *testing.T) {
		var e struct{ ID, Subject string }
		w.gets(w.Events(), "/events/"+fact, &e)
		if e.ID != fact || e.Subject != id {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("one that there is not is not found, whatever it looks like", func(t *testing.T) {
		for _, id := range []string{"nothing", "%00", "..", "a%2Fb", strings.Repeat("x", 5000)} {
			if a := w.ask(w.Events(), "GET /events/"+id); a.code != http.StatusNotFound && id != ".." || a.header.Get("Link") != "" {
				t.Errorf("%.20s: %d %v", id, a.code, a.header)
			}
		}
	})
	t.Run("a cursor that is none is refused", func(t *testing.T) {
		w.refused(w.Events(), http.StatusBadRequest, "GET /events/"+fact+"?cursor=x", "cursor")
	})
}

// long is a history of n events that counts how many it was asked for.
type long struct {
	n, read int
}

// Read implements events.History.
func (l *long) Read(_ context.Context, cursor string, limit int) (ces []event.Event, next string, err error) {
	at := 0
	if cursor != "" {
		if _, err := fmt.Sscan(cursor, &at); err != nil {
			return nil, "", fmt.Errorf("read: %w", events.ErrCursor)
		}
	}
	for ; at < l.n && len(ces) < min(limit, 700); at++ { // a short read is not the end
		ce := event.New()
		ce.SetID(fmt.Sprint("event-", at))
		ce.SetSource("/test")
		ce.SetType("test")
		ces = append(ces, ce)
	}
	l.read += len(ces)
	return ces, fmt.Sprint(at), nil
}

func TestEvents_WorkIsBounded(t *testing.T) {
	w := newWorld(t)
	l := &long{n: 50_000}
	w.History = l
	t.Run("a list that finds nothing says where to go on", func(t *testing.T) {
		var cursors []string
		for cursor := ""; len(cursors) == 0 || cursor != ""; {
			l.read = 0
			var s shown
			w.gets(w.Events(), "/events?booking=0123456789abcdef&cursor="+cursor, &s)
			if cursor = s.Next; l.read > 20_000 || len(s.Events) != 0 {
				t.Fatalf("it read %d and found %v", l.read, s.Events)
			}
			cursors = append(cursors, cursor)
		}
		if diff := cmp.Diff([]string{"20000", "40000", ""}, cursors); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("and so does looking for one event", func(t *testing.T) {
		for at, requests := "/events/event-49999", 1; ; requests++ {
			a := w.ask(w.Events(), "GET "+at)
			if a.code == http.StatusOK {
				if requests != 3 || !strings.Contains(a.body, `"event-49999"`) {
					t.Errorf("after %d requests %s", requests, a.body)
				}
				return
			}
			link, _, _ := strings.Cut(strings.TrimPrefix(a.header.Get("Link"), "<"), ">")
			if _, err := url.Parse(link); a.code != http.StatusNotFound || err != nil || link == "" || requests > 5 {
				t.Fatalf("%d %s %v", a.code, a.body, a.header)
			}
			at = link
		}
	})
}

func TestEvents_HistoryIsDown(t *testing.T) {
	w := newWorld(t)
	w.History = closed{}
	w.refused(w.Events(), http.StatusServiceUnavailable, "GET /events", "again")
	w.refused(w.Events(), http.StatusServiceUnavailable, "GET /events/event-1", "again")
}

type closed struct{}

// Read implements events.History.
func (closed) Read(context.Context, string, int) ([]event.Event, string, error) {
	return nil, "", events.ErrClosed
}

func BenchmarkEvents_Scan(b *testing.B) {
	h := history.NewHistory(slog.New(slog.DiscardHandler))
	for i := range history.Facts {
		ce, err := events.Encode(events.Event{ID: fmt.Sprint(i), Source: "/tourbillon/saga", Name: events.SagaStuck, Subject: "s"})
		if err == nil {
			err = h.Publish(b.Context(), ce)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	w := newWorld(&testing.T{})
	w.History = h
	b.ReportAllocs()
	for b.Loop() {
		if a := w.ask(w.Events(), "GET /events?booking=0123456789abcdef"); a.code != http.StatusOK {
			b.Fatal(a)
		}
	}
}
