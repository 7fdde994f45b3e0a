package kafka_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/twmb/franz-go/pkg/kfake"

	"tourbillon/events"
)

func ids(ces []event.Event) (all []string) {
	for _, ce := range ces {
		all = append(all, ce.ID())
	}
	return all
}

func TestHistory(t *testing.T) {
	at := fake(t)
	s := settings(at, io.Discard)
	tr := open(t, s)
	read := func(cursor string, limit int) (got []string, next string) {
		t.Helper()
		ces, next, err := tr.Read(t.Context(), cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		return ids(ces), next
	}
	_, start := read("", 10)
	names := []events.Name{events.BookingRequested, events.SpotsReserved, events.PaymentSucceeded, events.Sent, events.SagaCompleted}
	var want []string
	for i := range 40 {
		want = append(want, fmt.Sprint(i))
		publish(t, tr, named(want[i], fmt.Sprint("booking-", i%7), names[i%len(names)]), command("never-shown"))
	}
	put(t, client(t, at), "bookings", "k", "no event")
	t.Run("from its newest on there is what comes", func(t *testing.T) {
		end, err := tr.Newest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, next := read(end, 10); len(got) > 0 {
			t.Errorf("got %v", got)
		} else if end = next; end == "" {
			t.Error("and no cursor")
		}
		want = append(want, "40")
		publish(t, tr, named("40", "booking-0", events.BookingRequested))
		if got, _ := read(end, 10); !slices.Equal(got, []string{"40"}) {
			t.Errorf("got %v, want 40", got)
		}
	})
	t.Run("facts are read page by page, each once, those of one topic and key in order", func(t *testing.T) {
		for _, from := range []string{"", start} {
			var got []string
			at := from
			for {
				page, next := read(at, 7)
				if len(page) == 0 {
					if next != at && at != from {
						t.Errorf("the cursor moves where there is nothing more: %q, then %q", at, next)
					}
					break
				}
				got, at = append(got, page...), next
			}
			wantOrder(t, got, names)
			slices.SortFunc(got, func(a, b string) int { return len(a)*1000 - len(b)*1000 + strings.Compare(a, b) })
			if !slices.Equal(got, want) {
				t.Errorf("got %q; want %q", got, want)
			}
		}
	})
	t.Run("a cursor goes on in another process, and where reading ended", func(t *testing.T) {
		first, next := read("", 30)
		other := open(t, s)
		rest, last, err := other.Read(t.Context(), next, 100)
		if err != nil || len(first)+len(rest) != len(want) {
			t.Errorf("%d and %d events, %v; want %d together", len(first), len(rest), err, len(want))
		}
		publish(t, tr, fact("later", "k"))
		if got, _ := read(last, 100); !slices.Equal(got, []string{"later"}) {
			t.Errorf("behind the end came %q; want what was published later", got)
		}
	})
	t.Run("a cursor of other topics, of another cluster or of nobody is refused", func(t *testing.T) {
		elsewhere := settings(at, io.Discard)
		elsewhere.Prefix = "other."
		_, other, err := open(t, elsewhere).Read(t.Context(), "", 1)
		_, foreign, err2 := open(t, settings(fake(t, kfake.ClusterID("another")), io.Discard)).Read(t.Context(), "", 1)
		if err = errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		for _, cursor := range []string{"x", "AAAA", other, foreign, start[:len(start)-1], "?" + start} {
			if _, next, err := tr.Read(t.Context(), cursor, 1); !errors.Is(err, events.ErrCursor) || next != cursor {
				t.Errorf("%q: got %v, cursor %q", cursor, err, next)
			}
		}
	})
}

// wantOrder wants the events of each name and key, whose ids are numbers, to be
// in order.
func wantOrder(t *testing.T, got []string, names []events.Name) {
	t.Helper()
	last := map[string]int{}
	for _, id := range got {
		var n int
		fmt.Sscan(id, &n)
		lane := fmt.Sprint(names[n%len(names)], n%7)
		if before, ok := last[lane]; ok && before > n {
			t.Errorf("%d came after %d", n, before)
		}
		last[lane] = n
	}
}

func TestLetters(t *testing.T) {
	at := fake(t)
	s := settings(at, io.Discard)
	s.Broker = "history"
	tr := open(t, s)
	one, two := tr.Letters("bookings"), tr.Letters("history")
	keep := func(ls events.Letters, id string) {
		t.Helper()
		if err := ls.Keep(t.Context(), events.DeadLetter{Event: fact(id, "k"), Subscription: "s", Reason: "no\nüé \xff", Tries: 3, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	keep(one, "a")
	keep(two, "b")
	keep(one, "c")
	list := func(ls events.Letters) []events.DeadLetter {
		t.Helper()
		all, err := ls.DeadLetters(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	bookings := list(one)
	if len(bookings) != 2 || bookings[0].Event.ID() != "a" || bookings[1].Event.ID() != "c" || bookings[0].Tries != 3 ||
		bookings[0].Reason != "no\nüé \uFFFD" || bookings[0].Subscription != "s" {
		t.Errorf("the letters of bookings are %+v", bookings)
	}
	if own, err := tr.DeadLetters(t.Context()); err != nil || len(own) != 1 || own[0].Event.ID() != "b" {
		t.Errorf("the transport's own letters are %+v, %v", own, err)
	}
	if err := two.Discard(t.Context(), bookings[0].ID); !errors.Is(err, events.ErrNoLetter) {
		t.Errorf("a letter of another broker was discarded: %v", err)
	}
	if err := one.Discard(t.Context(), bookings[0].ID); err != nil {
		t.Error(err)
	}
	if left := list(open(t, s).Letters("bookings")); len(left) != 1 || left[0].ID != bookings[1].ID {
		t.Errorf("%+v is left; want c", left)
	}
}
