package rehearsal_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/rehearsal"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/storetest"
	"tourbillon/saga"
)

var noon = time.Date(2026, time.May, 2, 12, 0, 0, 0, time.UTC)

// untouchable is a provider, a mailbox and a broker that nobody may ask for
// anything; the provider may be looked at.
type untouchable struct {
	t     *testing.T
	word  booking.Word
	looks int
	err   error
}

func (u *untouchable) no(what string) { u.t.Errorf("a rehearsal is to %s", what) }

func (u *untouchable) Create(context.Context, booking.Call, string) (booking.Word, error) {
	u.no("make an intent")
	return u.word, nil
}

func (u *untouchable) Confirm(context.Context, booking.Call) (booking.Word, error) {
	u.no("take money")
	return u.word, nil
}

func (u *untouchable) Get(context.Context, booking.Call) (booking.Word, error) {
	u.looks++
	return u.word, u.err
}

func (u *untouchable) Cancel(context.Context, booking.Call) (booking.Word, error) {
	u.no("cancel an intent")
	return u.word, nil
}

func (u *untouchable) Refund(context.Context, booking.Call) (booking.Word, error) {
	u.no("give money back")
	return u.word, nil
}

func (u *untouchable) Send(context.Context, record.Message) (booking.Receipt, error) {
	u.no("send a message")
	return booking.Receipt{}, nil
}

func (u *untouchable) Publish(context.Context, ...events.Event) error {
	u.no("publish an event")
	return nil
}

// stage is a system in which one departure is on sale and one booking is asked
// for, and nothing has followed yet.
func stage(t *testing.T) (rehearsal.Stage, *untouchable, *storetest.Faulty, events.Event) {
	t.Helper()
	faulty, outside := &storetest.Faulty{Store: memory.New()}, &untouchable{t: t}
	w := functions.Wiring{
		Ports: arrow.Ports{
			Records: store.New(faulty), Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler), Deadline: time.Minute, Lease: time.Minute,
			Observe: func(arrow.Observation) { t.Error("a rehearsal is measured") },
		},
		Sink: func(string) arrow.Sink { return outside }, Payments: outside, Messages: outside, Plans: saga.Shipped(),
		Request: request.Settings{Secret: []byte("secret"), Hold: 15 * time.Minute, Flow: booking.Orchestration},
	}
	quiet := w
	quiet.Observe = nil
	all := functions.All(quiet)
	says := func(to string, n events.Name, d events.Data) events.Event {
		ce, err := events.Encode(events.Tell(n, d, noon.Add(-time.Minute)).Render(events.Speaker{Function: "test"}, events.Event{}))
		if err != nil {
			t.Fatal(err)
		}
		out, err := all[to](t.Context(), ce)
		if err != nil {
			t.Fatal(err)
		}
		e, err := events.Decode(*out)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	says("catalog", events.DepartureOpen, events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}, Terms: &booking.Terms{
		TourID: "lyon", StartsAt: noon.AddDate(0, 0, 14), TimeZone: "Europe/Paris", Capacity: 12, Price: booking.Money{Amount: 4500, Currency: "EUR"},
	}})
	fact := says("request", events.BookingRequest, events.Data{
		Booking:  booking.Booking{DepartureID: "lyon-0900", Seats: 2},
		Customer: &booking.Customer{Name: "Ada", Email: "ada@example.com"}, Payment: &booking.Token{Token: "tok"},
	})
	return rehearsal.Stage{Wiring: w, Routes: saga.V1().Routes()}, outside, faulty, fact
}

func names(p rehearsal.Play) (all []events.Name) {
	for _, s := range p.Scenes {
		if spec, _ := events.Lookup(s.Event.Name); spec.Kind == events.Fact {
			all = append(all, s.Event.Name)
		}
	}
	return all
}

func TestStage_Run(t *testing.T) {
	s, _, faulty, requested := stage(t)
	outside, commits := s.Payments.(*untouchable), faulty.Commits()
	outside.word = booking.Word{Status: booking.WordUnconfirmed}
	play, err := s.Run(t.Context(), requested)
	if err != nil {
		t.Fatal(err)
	}
	want := []events.Name{
		events.SpotsReserved, events.BookingCreated, events.PaymentSucceeded, events.BookingConfirmed, events.Sent, events.SpotsSold, events.Sent, events.SagaCompleted,
	}
	if diff := cmp.Diff(want, names(play)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	taken, back := play.Moves()
	if taken != (booking.Money{Amount: 9000, Currency: "EUR"}) || back != (booking.Money{}) || len(play.Trouble) != 0 {
		t.Errorf("taken %v, given back %v, trouble %v", taken, back, play.Trouble)
	}
	if faulty.Commits() != commits {
		t.Error("the records are written")
	}
	row, err := play.Records.Read(t.Context(), store.Key{Record: record.KindBooking, ID: requested.Data.ID}, requested.Data.ID)
	if err != nil || len(row.Entry) == 0 {
		t.Errorf("aside there is no booking: %v", err)
	}
	t.Run("a second one begins where the first began", func(t *testing.T) {
		again, err := s.Run(t.Context(), requested)
		if err != nil || !slices.Equal(names(again), names(play)) {
			t.Errorf("got %v, %v", names(again), err)
		}
	})
	t.Run("a context that ended ends it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Run(ctx, requested); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a store that is down is trouble of who needs it", func(t *testing.T) {
		faulty.Fail(store.ErrUnavailable)
		defer faulty.Fail(nil)
		if play, err := s.Run(t.Context(), requested); err != nil || len(play.Trouble) != 1 || !errors.Is(play.Trouble[0].Err, store.ErrUnavailable) {
			t.Errorf("got %v, %v", play.Trouble, err)
		}
	})
}

func TestStage_Try(t *testing.T) {
	s, _, _, requested := stage(t)
	ce, err := events.Encode(requested)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the answer is told, and nothing follows", func(t *testing.T) {
		play, err := s.Try(t.Context(), "saga", ce)
		if err != nil || play.Answer == nil || play.Answer.Event.Name != events.SpotsReserve || play.Answer.Again || len(play.Scenes) != 0 {
			t.Errorf("got %+v, %v", play, err)
		}
	})
	t.Run("what a function does not take is its error", func(t *testing.T) {
		if _, err := s.Try(t.Context(), "book", ce); !errors.Is(err, arrow.ErrUnroutable) {
			t.Errorf("got %v", err)
		}
		if _, err := s.Try(t.Context(), "cook", ce); err == nil {
			t.Error("there is a cook")
		}
	})
}

// TestStage_Looks holds that a payment whose outcome nobody knows is looked at,
// and that what is imagined goes by what the provider says.
func TestStage_Looks(t *testing.T) {
	for says, c := range map[string]struct {
		word booking.IntentStatus
		err  error
		want events.Name
		back int64
	}{
		"paid, it is given back":              {booking.WordSucceeded, nil, events.PaymentRefunded, 9000},
		"not paid, it is cancelled":           {booking.WordUnconfirmed, nil, events.PaymentVoided, 0},
		"declined, it is cancelled":           {booking.WordDeclined, nil, events.PaymentVoided, 0},
		"under way, nothing is certain":       {booking.WordProcessing, nil, "", 0},
		"not to be asked, nothing is certain": {"", errors.New("down"), "", 0},
	} {
		t.Run(says, func(t *testing.T) {
			s, outside, _, requested := stage(t)
			outside.word, outside.err = booking.Word{Intent: "pi_1", Status: c.word}, c.err
			b := requested.Booking
			b.Price = booking.Money{Amount: 9000, Currency: "EUR"}
			raw := `{"entry":{"booking":{"bookingId":"` + b.ID + `","departureId":"lyon-0900","seats":2,"price":{"amount":9000,"currency":"EUR"}},"attempts":[{"state":"confirming","intent":"pi_1"}],"v":0}}`
			key := store.Key{Record: record.KindPayment, ID: b.ID}
			if err := s.Records.Update(t.Context(), key, b.ID, func(store.Row) (store.Change, error) { return store.Change{Entry: []byte(raw)}, nil }); err != nil {
				t.Fatal(err)
			}
			d := events.Data{Booking: b, Amount: &b.Price, Reason: booking.ReasonOperator}
			d.Status = booking.StatusCancelled
			play, err := s.Run(t.Context(), events.Tell(events.PaymentRefund, d, noon).Render(events.Speaker{Function: "saga"}, events.Event{}))
			if err != nil {
				t.Fatal(err)
			}
			var got events.Name
			for _, n := range names(play) {
				if n == events.PaymentRefunded || n == events.PaymentVoided {
					got = n
				}
			}
			if _, back := play.Moves(); got != c.want || back.Amount != c.back || outside.looks == 0 {
				t.Errorf("got %q, %v back, after %d looks, in %v", got, back, outside.looks, names(play))
			}
		})
	}
}
