package charge_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/charge"
	"tourbillon/functions/compensate"
	"tourbillon/functions/functionstest"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

var bought = booking.Booking{
	ID: "booking-2", DepartureID: "lyon-0900", TourID: "old-town", Seats: 2, Flow: booking.Choreography,
	Status: booking.StatusOnHold, ExpiresAt: functionstest.Noon.Add(15 * time.Minute), Price: booking.Money{Amount: 9000, Currency: "EUR"},
	StartsAt: functionstest.Noon.Add(72 * time.Hour), TimeZone: "Europe/Paris",
}

// till is charge and its undo, over a sandbox.
type till struct {
	*functionstest.Desk
	sandbox *sandbox.Sandbox
	slow    func() // what happens while the provider is slow
}

func openTill(t *testing.T, token string) *till {
	c := &till{slow: func() {}}
	c.Desk = functionstest.Open(t, "charge", func(d *functionstest.Desk) []arrow.Function {
		c.sandbox = sandbox.New(d.Records, sandbox.Settings{
			Now: d.Clock, Slow: 90 * time.Second, Late: 5 * time.Minute,
			Sleep: func(_ context.Context, slow time.Duration) error {
				d.Now = d.Now.Add(slow)
				c.slow()
				return nil
			},
		})
		return append(compensate.Functions(d.Records, c.sandbox), charge.Function(d.Records, c.sandbox))
	})
	in, err := json.Marshal(booking.Intake{Booking: booking.Booking{ID: bought.ID}, Token: &booking.Token{Token: token}})
	if err == nil && token != "" {
		err = c.Records.Update(t.Context(), store.Key{Record: record.KindIntake, ID: bought.ID}, bought.ID,
			func(store.Row) (store.Change, error) { return store.Change{Entry: in}, nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *till) on(n events.Name) events.Event { return c.Event(n, events.Data{Booking: bought}) }

// refund is the wish to give all of it back.
func (c *till) refund() events.Event {
	d := events.Data{Booking: bought, Reason: booking.ReasonCustomer, Amount: &bought.Price}
	d.Booking.Status = booking.StatusCancelled
	return c.Event(events.PaymentRefund, d)
}

// taken checks what the provider has kept, and how often it was confirmed.
func (c *till) taken(want int64, confirms int) {
	c.T.Helper()
	all, err := c.sandbox.Ledger(c.T.Context())
	if err != nil {
		c.T.Fatal(err)
	}
	var kept int64
	var confirmed int
	for _, i := range all {
		kept += i.Taken()
		confirmed += i.Confirms
	}
	if kept != want || confirmed != confirms {
		c.T.Errorf("the provider kept %d after %d confirms, want %d after %d", kept, confirmed, want, confirms)
	}
}

func TestCharge_Outcome(t *testing.T) {
	for _, c := range []struct {
		token    string
		again    int // deliveries that end in "again" first
		says     events.Name
		reason   booking.Reason
		code     string
		attempt  int
		taken    int64
		confirms int
	}{
		{"tok_visa", 0, events.PaymentSucceeded, "", "", 1, 9000, 1},
		{"tok_slow", 0, events.PaymentSucceeded, "", "", 1, 9000, 1},
		{"tok_refund_fails", 0, events.PaymentSucceeded, "", "", 1, 9000, 1},
		{"tok_timeout", 1, events.PaymentSucceeded, "", "", 1, 9000, 1},
		{"tok_flaky", 2, events.PaymentSucceeded, "", "", 1, 9000, 3},
		{"tok_try_again", 0, events.PaymentSucceeded, "", "", 2, 9000, 2},
		{"tok_declined", 0, events.PaymentFailed, booking.ReasonCardDeclined, "do_not_honor", 1, 0, 1},
		{"tok_insufficient_funds", 0, events.PaymentFailed, booking.ReasonInsufficientFunds, "insufficient_funds", 1, 0, 1},
		{"tok_async", 0, events.PaymentInitiated, "", "", 1, 0, 1},
		{"tok_nobody_knows", 0, events.PaymentFailed, booking.ReasonCardDeclined, "invalid_token", 1, 0, 0},
		{"", 0, events.PaymentFailed, booking.ReasonCardDeclined, "no_token", 1, 0, 0}, // erased
	} {
		t.Run("the token "+c.token+" leads to "+string(c.says), func(t *testing.T) {
			till := openTill(t, c.token)
			e := till.on(events.PaymentCharge)
			for range c.again {
				said, err := till.Hear(e)
				if code, _ := arrow.Status(err); said != nil || code != 503 {
					t.Fatalf("%+v, %v, want to be asked again", said, err)
				}
			}
			said := till.Says(c.says, e)
			if said.Reason != c.reason || said.Code != c.code || said.Attempt != c.attempt || said.RecordVersion != 1 {
				t.Errorf("%+v", said)
			}
			if c.code == "" && (said.Intent == "" || *said.Amount != bought.Price) {
				t.Errorf("intent %q, amount %v", said.Intent, said.Amount)
			}
			till.taken(c.taken, c.confirms)
			till.Again(e, said)
			till.Again(till.on(events.BookingCreated), said)
			till.taken(c.taken, c.confirms)
		})
	}
}

func TestCharge_Free(t *testing.T) {
	c := openTill(t, "tok_declined")
	e := c.on(events.BookingCreated)
	e.Price.Amount = 0
	said := c.Says(events.PaymentSucceeded, e)
	if said.Amount.Amount != 0 || said.Intent != "" {
		t.Errorf("%+v", said)
	}
	c.taken(0, 0)
	c.Again(e, said)
}

func TestCharge_Late(t *testing.T) {
	for token, outcome := range map[string]events.Name{
		"tok_async": events.PaymentSucceeded, "tok_async_fails": events.PaymentFailed,
	} {
		t.Run("the token "+token+" ends in "+string(outcome), func(t *testing.T) {
			c := openTill(t, token)
			begun := c.Says(events.PaymentInitiated, c.on(events.BookingCreated))
			t.Run("a settle before then says the same again", func(t *testing.T) {
				c.Now = c.Now.Add(time.Minute)
				if said := c.Says(events.PaymentInitiated, c.on(events.PaymentSettle)); said.ID != begun.ID || !said.Time.Equal(begun.Time) {
					t.Errorf("%+v, want %+v", said, begun)
				}
			})
			c.Now = c.Now.Add(time.Hour)
			e := c.Event(events.PaymentSettle, events.Data{Booking: booking.Booking{ID: bought.ID}}) // as the clock says it
			said := c.Says(outcome, e)
			if said.RecordVersion != 2 || said.Price != bought.Price || said.Flow != bought.Flow {
				t.Errorf("%+v", said)
			}
			c.Again(c.on(events.PaymentCharge), said)
		})
	}
}

func TestCharge_Settle(t *testing.T) {
	t.Run("a payment nobody knows is not settled", func(t *testing.T) {
		c := openTill(t, "tok_visa")
		e := c.Event(events.PaymentSettle, events.Data{Booking: booking.Booking{ID: bought.ID}})
		before := c.Commits
		if said, err := c.Hear(e); said != nil || !errors.Is(err, events.ErrNothingSaid) {
			t.Errorf("%+v, %v, want ErrNothingSaid", said, err)
		}
		if c.Commits != before {
			t.Error("it writes")
		}
	})
	t.Run("a payment whose charge was lost is taken up", func(t *testing.T) {
		c := openTill(t, "tok_visa")
		c.Says(events.PaymentSucceeded, c.on(events.PaymentSettle))
		c.taken(9000, 1)
	})
	t.Run("a disputed payment says so, and stays paid", func(t *testing.T) {
		c := openTill(t, "tok_visa")
		paid := c.Says(events.PaymentSucceeded, c.on(events.PaymentCharge))
		if err := c.sandbox.Dispute(t.Context(), paid.Intent); err != nil {
			t.Fatal(err)
		}
		said := c.Says(events.PaymentDisputed, c.on(events.PaymentSettle))
		if *said.Amount != bought.Price || said.Step {
			t.Errorf("%+v", said)
		}
		c.Again(c.on(events.PaymentCharge), paid)
	})
}

func TestCharge_AfterTheUndo(t *testing.T) {
	t.Run("a late charge is answered by the void", func(t *testing.T) {
		c := openTill(t, "tok_visa")
		gone := c.Says(events.PaymentVoided, c.refund())
		c.Again(c.on(events.PaymentCharge), gone)
		c.Again(c.on(events.BookingCreated), gone)
		c.Again(c.on(events.PaymentSettle), gone)
		c.taken(0, 0)
	})
	t.Run("a refused refund is tried again by settle, under a new key", func(t *testing.T) {
		c := openTill(t, "tok_refund_fails")
		c.Says(events.PaymentSucceeded, c.on(events.PaymentCharge))
		no := c.Says(events.PaymentRefundFailed, c.refund())
		if no.Attempt != 1 || no.Code != "refund_refused" {
			t.Errorf("%+v", no)
		}
		c.Again(c.refund(), no)
		c.Again(c.on(events.PaymentCharge), no)
		c.taken(9000, 1)
		if said := c.Says(events.PaymentRefundFailed, c.on(events.PaymentSettle)); said.ID != no.ID {
			t.Errorf("who passes a word on has it tried again: %+v", said)
		}
		ask := c.on(events.PaymentSettle)
		ask.Try = 6
		back := c.Says(events.PaymentRefunded, ask)
		if back.Attempt != 2 || *back.Amount != bought.Price {
			t.Errorf("%+v", back)
		}
		c.taken(0, 1)
		c.Again(c.refund(), back)
		if said, err := c.Hear(c.on(events.PaymentSettle)); said != nil || err != nil { // it looks whether that holds
			t.Errorf("looked at once more it says %+v, %v", said, err)
		}
		asked := c.on(events.PaymentSettle)
		asked.Try = 7 // the keeper did not hear it
		if again := c.Says(events.PaymentRefunded, asked); again.ID != back.ID {
			t.Errorf("asked once more it is said anew: %+v, was %+v", again, back)
		}
	})
}

func TestCharge_Overtaken(t *testing.T) {
	t.Run("somebody else at it is a conflict", func(t *testing.T) {
		c := openTill(t, "tok_slow")
		c.slow = func() {
			c.Now = c.Now.Add(-time.Minute) // within the lease
			if _, err := c.Hear(c.on(events.PaymentCharge)); !errors.Is(err, store.ErrLeased) {
				t.Errorf("%v, want ErrLeased", err)
			}
		}
		c.Says(events.PaymentSucceeded, c.on(events.PaymentCharge))
		c.taken(9000, 1)
	})
	t.Run("whoever is overtaken says nothing, and has somebody look again", func(t *testing.T) {
		c := openTill(t, "tok_slow")
		var paid events.Event
		c.slow = func() { paid = c.Says(events.PaymentSucceeded, c.on(events.PaymentSettle)) }
		if said, err := c.Hear(c.on(events.PaymentCharge)); said != nil || err != nil {
			t.Errorf("%+v, %v, want silence", said, err)
		}
		due, err := c.Records.Due(t.Context(), c.Now, time.Minute, 9)
		if err != nil || len(due) != 1 || due[0].Name != saga.LookLine(bought.ID) {
			t.Fatalf("due: %v, %v", due, err)
		}
		name, data, _ := saga.Due(due[0].Name)
		if said := c.Says(events.PaymentSucceeded, c.Event(name, data)); said.ID != paid.ID {
			t.Errorf("said %+v, then %+v", paid, said)
		}
		c.taken(9000, 1)
		if due, err := c.Records.Due(t.Context(), c.Now.Add(time.Hour), time.Minute, 9); err != nil || len(due) != 0 {
			t.Errorf("still due: %v, %v", due, err)
		}
	})
}

// TestCharge_ALookIsClaimed has a provider be down when money that was given
// back is to be looked at: the clock says so once a minute, and not at each tick.
func TestCharge_ALookIsClaimed(t *testing.T) {
	c := openTill(t, "tok_visa")
	c.Says(events.PaymentSucceeded, c.on(events.PaymentCharge))
	c.Says(events.PaymentRefunded, c.refund())
	c.Now = c.Now.Add(25 * time.Hour)
	claimed := func() int {
		lines, err := c.Records.Due(t.Context(), c.Now, time.Minute, 9)
		if err != nil {
			t.Fatal(err)
		}
		return len(lines)
	}
	down := charge.Function(c.Records, away{c.sandbox})
	if n := claimed(); n != 1 {
		t.Fatalf("%d lines are due", n)
	}
	for range 5 {
		ports := arrow.Ports{Records: c.Records, Now: c.Clock, Log: slog.New(slog.DiscardHandler), Lease: time.Minute}
		if _, err := down.Handle(t.Context(), ports, c.on(events.PaymentSettle)); err == nil {
			t.Fatal("it is not down")
		}
		c.Now = c.Now.Add(5 * time.Second)
		if n := claimed(); n != 0 {
			t.Fatalf("%d lines are due again at once", n)
		}
	}
	c.Now = c.Now.Add(time.Minute)
	if n := claimed(); n != 1 {
		t.Errorf("%d lines are due a minute later", n)
	}
	if said, err := c.Hear(c.on(events.PaymentSettle)); said != nil || err != nil {
		t.Errorf("it says %+v, %v", said, err)
	}
	c.Now = c.Now.Add(24 * time.Hour)
	if n := claimed(); n != 0 {
		t.Errorf("%d lines are due a day later: the next look is after a week", n)
	}
}

// away is a provider that does not answer a look.
type away struct{ *sandbox.Sandbox }

// Get fails.
func (away) Get(context.Context, booking.Call) (booking.Word, error) {
	return booking.Word{}, errors.New("away")
}
