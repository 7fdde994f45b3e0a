package audit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.uber.org/goleak"

	"tourbillon/events"
	"tourbillon/internal/audit"
	"tourbillon/internal/audit/audittest"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// options are an audit of the world, without any grace.
func options(w *audittest.World) audit.Options {
	return audit.Options{
		History: w, Records: w.Records, Names: record.AuditNames(), Now: w.Clock, Sleep: w.Sleep,
		Report: func(audit.Finding) error { return nil },
	}
}

// verify audits, and returns all that was found.
func verify(t *testing.T, o audit.Options) (audit.Summary, []audit.Finding) {
	t.Helper()
	var found []audit.Finding
	o.Report = func(f audit.Finding) error {
		found = append(found, f)
		return nil
	}
	sum, err := audit.Verify(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return sum, found
}

func wrong(found []audit.Finding) (lines []string) {
	for _, f := range found {
		if f.Wrong() {
			lines = append(lines, f.String())
		}
	}
	return lines
}

func TestVerify(t *testing.T) {
	w := audittest.New(t)
	w.Lively()
	t.Run("what is as it was said is found to be", func(t *testing.T) {
		sum, found := verify(t, options(w))
		if no := wrong(found); len(no) > 0 {
			t.Errorf("found\n%s", strings.Join(no, "\n"))
		}
		if sum.Bookings != 20 || sum.Departures != 2 || sum.Tours != 1 || sum.Facts != len(w.Archive) {
			t.Errorf("looked at %+v of %d facts", sum, len(w.Archive))
		}
	})
	t.Run("whatever the order, however often, and in however many shares", func(t *testing.T) {
		backwards := slices.Clone(w.Archive)
		slices.Reverse(backwards)
		both := append(backwards, w.Archive...)
		other := *w
		other.Archive = both
		o := options(&other)
		o.Most = 3
		sum, found := verify(t, o)
		if no := wrong(found); len(no) > 0 || sum.Bookings != 20 {
			t.Errorf("%+v, found\n%s", sum, strings.Join(no, "\n"))
		}
	})
}

// tamper writes a booking's entry as it should not be, and returns what was
// there.
func tamper(t *testing.T, w *audittest.World, kind, id, entry string, with []byte) (was []byte) {
	t.Helper()
	err := w.Records.Update(t.Context(), store.Key{Record: kind, ID: id}, entry, func(row store.Row) (store.Change, error) {
		was = row.Entry
		return store.Change{Entry: with}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return was
}

func TestVerify_WhatIsGone(t *testing.T) {
	for _, c := range []struct{ kind, says string }{
		{record.KindBooking, "differs booking ID : archive"}, {record.KindPayment, "differs payment ID : archive"}, {record.KindSaga, "differs saga ID : archive"},
		{record.KindDeparture, "differs departure lyon-0900 ID : archive"},
	} {
		t.Run("a record that is gone is missed: "+c.kind, func(t *testing.T) {
			w := audittest.New(t)
			w.Open("lyon-0900", 12)
			id := w.Book("lyon-0900", 2, "tok_visa", booking.Orchestration)
			at := id
			if c.kind == record.KindDeparture {
				at = "lyon-0900"
			}
			tamper(t, w, c.kind, at, id, []byte{})
			_, found := verify(t, options(w))
			want := strings.Join(strings.Fields(strings.ReplaceAll(c.says, "ID", id)), " ")
			if !slices.ContainsFunc(wrong(found), func(l string) bool {
				return strings.HasPrefix(l, want) && strings.HasSuffix(l, "the record is not there")
			}) {
				t.Errorf("found %q, want %s", wrong(found), want)
			}
		})
	}
}

func TestVerify_HoldWithoutSaga(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 12)
	opened := len(w.Archive)
	w.Say("reserve", events.SpotsReserve, events.Data{Booking: booking.Booking{
		ID: "nobody-knows-it", DepartureID: "lyon-0900", Seats: 2, ExpiresAt: w.Now.Add(time.Hour),
	}}, "")
	w.Now = w.Now.Add(10 * time.Minute) // and the keeper never heard of it
	o := options(w)
	o.Grace = time.Minute
	_, found := verify(t, o)
	want := []string{"broken departure lyon-0900 nobody-knows-it hold-without-saga seats are held, and no saga knows of it"}
	if !slices.Equal(wrong(found), want) {
		t.Errorf("found %q, want %q", wrong(found), want)
	}
	w.Archive = w.Archive[:opened] // nor has the archive: only the departure lists it
	_, found = verify(t, o)
	lines := wrong(found)
	if len(lines) != 2 || !slices.Contains(lines, want[0]) || !slices.ContainsFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "missing departure lyon-0900 nobody-knows-it tour.spots.reserved version 2")
	}) {
		t.Errorf("the archive lacks it too: found %q", lines)
	}
}

func TestVerify_LooksAgain(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 12)
	id := w.Book("lyon-0900", 2, "tok_visa", booking.Orchestration)
	was := tamper(t, w, record.KindBooking, id, id, []byte("{}"))
	for _, mends := range []bool{true, false} {
		o := options(w)
		o.Grace = time.Second
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			if mends {
				tamper(t, w, record.KindBooking, id, id, was)
			}
			return w.Sleep(ctx, d)
		}
		if _, found := verify(t, o); (len(wrong(found)) == 0) != mends {
			t.Errorf("with a difference that goes by itself (%v) it found %q", mends, wrong(found))
		}
		tamper(t, w, record.KindBooking, id, id, []byte("{}"))
	}
}

func TestVerify_Errors(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 12)
	w.Book("lyon-0900", 2, "tok_visa", booking.Orchestration)
	down := &storetest.Faulty{Store: w.Store}
	down.Fail(store.ErrUnavailable)
	stop := errors.New("enough")
	for says, c := range map[string]struct {
		change func(*audit.Options)
		want   error
	}{
		"a store that is down is no finding":    {func(o *audit.Options) { o.Records = down }, store.ErrUnavailable},
		"nor is an archive that cannot be read": {func(o *audit.Options) { o.History = broken{} }, events.ErrCursor},
		"who listens may end it": {func(o *audit.Options) {
			w.Loses = nil
			o.Report = func(audit.Finding) error { return stop }
			o.History = &audittest.World{}
		}, stop},
	} {
		t.Run(says, func(t *testing.T) {
			o := options(w)
			c.change(&o)
			if _, err := audit.Verify(t.Context(), o); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// broken is an archive that cannot be read.
type broken struct{}

// Read implements events.History.
func (broken) Read(context.Context, string, int) ([]event.Event, string, error) {
	return nil, "", events.ErrCursor
}

func TestVerify_Lag(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 12)
	w.Loses = func(ce event.Event) bool {
		name, _ := events.Attribute(ce, "name")
		return name == string(events.PaymentSucceeded) || name == string(events.SpotsSold)
	}
	id := w.Book("lyon-0900", 2, "tok_visa", booking.Orchestration)
	for _, c := range []struct {
		says string
		age  time.Duration
		kind audit.Kind
	}{
		{"what was said a moment ago is on its way", time.Second, audit.Lag},
		{"what was said long ago is missing", time.Hour, audit.Missing},
	} {
		t.Run(c.says, func(t *testing.T) {
			w.Now = w.Now.Add(c.age)
			o := options(w)
			o.Grace = time.Minute
			_, found := verify(t, o)
			var names []string
			for _, f := range found {
				if f.Kind != c.kind {
					t.Errorf("found %s, want %s alone", f, c.kind)
				}
				names = append(names, f.Record+" "+f.Field)
			}
			slices.Sort(names)
			if want := []string{"departure tour.spots.sold", "payment payment.succeeded"}; !slices.Equal(names, want) {
				t.Errorf("found %q of booking %s, want %q", names, id, want)
			}
		})
	}
}
