package events_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

var (
	noon = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)
	some = booking.Booking{
		ID: "q7Xw2LrT9vKcMz4J", DepartureID: "lyon-0900", Seats: 2, Status: booking.StatusPending,
		Price: booking.Money{Amount: 9000, Currency: "EUR"},
	}
)

func TestName_As(t *testing.T) {
	t.Run("what the record does not remember is silent", func(t *testing.T) {
		if a := events.SpotsReserved.As(some, nil); !a.Silent() {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("all that the record remembers is said", func(t *testing.T) {
		a := events.PaymentRefunded.As(some, &booking.Said{
			Version: 3, At: noon, Attempt: 2, Status: booking.StatusCancelled, Reason: booking.ReasonCustomer,
			Code: "none", Intent: "pi_1", Amount: &booking.Money{Amount: 4500, Currency: "EUR"}, Seats: 2,
			Stock: &booking.Stock{Capacity: 16, Sold: 5, Available: 11},
		})
		want := events.Data{
			Booking: some, Reason: booking.ReasonCustomer, Attempt: 2, Intent: "pi_1", Code: "none", Moved: 2,
			Amount: &booking.Money{Amount: 4500, Currency: "EUR"}, Stock: &booking.Stock{Capacity: 16, Sold: 5, Available: 11},
		}
		want.Status = booking.StatusCancelled
		if diff := cmp.Diff(want, a.Data); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if a.Name != events.PaymentRefunded || a.Silent() || a.Err != nil {
			t.Errorf("name %q, silent %v, err %v", a.Name, a.Silent(), a.Err)
		}
	})
	t.Run("without a status of its own the fact tells the booking's", func(t *testing.T) {
		if got := events.BookingCreated.As(some, &booking.Said{}).Data.Status; got != booking.StatusPending {
			t.Errorf("got %q", got)
		}
	})
}

func TestFirst(t *testing.T) {
	one := events.SpotsReserved.As(some, &booking.Said{Version: 1})
	two := events.SpotsReleased.As(some, &booking.Said{Version: 2})
	broken := events.Answer{Err: errors.New("broken")}
	for _, tt := range []struct {
		name    string
		answers []events.Answer
		want    events.Name
		err     error
	}{
		{"the foremost stands", []events.Answer{two, one}, events.SpotsReleased, nil},
		{"silence is passed over", []events.Answer{{}, {}, one, two}, events.SpotsReserved, nil},
		{"an error is not silence", []events.Answer{{}, broken, one}, "", broken.Err},
		{"only silence says nothing, and that is an error", []events.Answer{{}, {}}, "", events.ErrNothingSaid},
		{"no answer at all is an error", nil, "", events.ErrNothingSaid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := events.First(tt.answers...)
			if one := events.Any(tt.answers...); one.Name != got.Name || one.Err != nil && one.Err != got.Err {
				t.Errorf("Any says %q, %v", one.Name, one.Err)
			}
			if got.Name != tt.want || !errors.Is(got.Err, tt.err) {
				t.Errorf("got %q, %v; want %q, %v", got.Name, got.Err, tt.want, tt.err)
			}
		})
	}
}

func TestAny(t *testing.T) {
	t.Run("only silence is silence", func(t *testing.T) {
		if a := events.Any(events.Answer{}, events.Answer{}); !a.Silent() {
			t.Errorf("got %+v", a)
		}
	})
}

func TestClosing(t *testing.T) {
	for status, want := range map[booking.Status]events.Name{
		booking.StatusRejected:  events.BookingRejected,
		booking.StatusExpired:   events.BookingExpired,
		booking.StatusCancelled: events.BookingCancelled,
		booking.StatusConfirmed: "",
	} {
		t.Run(string(status)+" closes as "+string(want), func(t *testing.T) {
			a := events.Closing(some, &booking.Said{Status: status})
			if a.Name != want || a.Data.Status != status {
				t.Errorf("got %q with status %q", a.Name, a.Data.Status)
			}
		})
	}
	t.Run("what is not closed is silent", func(t *testing.T) {
		if a := events.Closing(some, nil); !a.Silent() {
			t.Errorf("got %+v", a)
		}
	})
}

func TestAnswer_With(t *testing.T) {
	fill := func(d *events.Data) { d.Channel = "mail" }
	t.Run("adds to an answer that says something", func(t *testing.T) {
		first := events.Sent.As(some, &booking.Said{})
		if got := first.With(fill); got.Data.Channel != "mail" || first.Data.Channel != "" {
			t.Errorf("got %q, and the first has %q", got.Data.Channel, first.Data.Channel)
		}
	})
	t.Run("leaves a silent answer silent", func(t *testing.T) {
		if got := (events.Answer{}).With(fill); !got.Silent() || got.Data.Channel != "" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestTell(t *testing.T) {
	for _, s := range events.Vocabulary() {
		if s.Kind != events.Command {
			continue
		}
		t.Run(string(s.Name)+" is addressed by the vocabulary", func(t *testing.T) {
			e := events.Tell(s.Name, events.Data{Booking: some}, noon).
				Render(events.Speaker{Function: "saga", Record: "saga", ID: some.ID}, events.Event{})
			if e.To != s.To || e.To == "" || e.Name != s.Name || !e.Time.Equal(noon) {
				t.Errorf("%s to %q at %v", e.Name, e.To, e.Time)
			}
		})
	}
}
