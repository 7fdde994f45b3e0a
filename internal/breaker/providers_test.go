package breaker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/functions/charge"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/notify"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/breaker"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// bank is a payment provider that can be told to be unreachable.
type bank struct {
	record.Payments
	err   error // of every call; nil: it works
	asked int
}

// Create fails as it is told.
func (b *bank) Create(ctx context.Context, c booking.Call, token string) (booking.Word, error) {
	b.asked++
	if b.err != nil {
		return booking.Word{}, b.err
	}
	return b.Payments.Create(ctx, c, token)
}

// till is the function charge over a bank behind a breaker.
type till struct {
	*functionstest.Desk
	*breaker.Breaker
	bank *bank
	log  logbook
}

func openTill(t *testing.T, token string) *till {
	c := &till{}
	c.Breaker = breaker.New("payments", breaker.Settings{Log: c.log.logger()})
	c.Desk = functionstest.Open(t, "charge", func(d *functionstest.Desk) []arrow.Function {
		c.bank = &bank{Payments: sandbox.New(d.Records, sandbox.Settings{Now: d.Clock})}
		return []arrow.Function{charge.Function(d.Records, breaker.Payments(c.Breaker, c.bank))}
	})
	in, err := json.Marshal(booking.Intake{Booking: booking.Booking{ID: "booking-2"}, Token: &booking.Token{Token: token}})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Records.Update(t.Context(), store.Key{Record: record.KindIntake, ID: "booking-2"}, "booking-2",
		func(store.Row) (store.Change, error) { return store.Change{Entry: in}, nil })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *till) charge() events.Event {
	return c.Event(events.PaymentCharge, events.Data{Booking: booking.Booking{
		ID: "booking-2", DepartureID: "lyon-0900", TourID: "old-town", Seats: 2, Flow: booking.Orchestration,
		Status: booking.StatusOnHold, ExpiresAt: functionstest.Noon.Add(15 * time.Minute), Price: booking.Money{Amount: 9000, Currency: "EUR"},
		StartsAt: functionstest.Noon.Add(72 * time.Hour), TimeZone: "Europe/Paris",
	}})
}

// delivered is what a broker gets that delivers e.
func (c *till) delivered(e events.Event) *http.Response {
	c.T.Helper()
	ce, err := events.Encode(e)
	if err != nil {
		c.T.Fatal(err)
	}
	header := http.Header{}
	body, err := events.WriteHTTP(header, ce)
	if err != nil {
		c.T.Fatal(err)
	}
	r := httptest.NewRequestWithContext(c.T.Context(), http.MethodPost, "/", bytes.NewReader(body))
	r.Header = header
	w := httptest.NewRecorder()
	functions.Handler("charge", c.Receive, new(functions.Gate)).ServeHTTP(w, r)
	return w.Result()
}

func TestPayments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTill(t, "tok_visa")
		c.bank.err = errors.New("no route to host")
		for range 5 {
			if r := c.delivered(c.charge()); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "" {
				t.Fatalf("answered %s, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
			}
			time.Sleep(400 * time.Millisecond)
		}
		r := c.delivered(c.charge())
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "5" || c.bank.asked != 5 {
			t.Errorf("open, it answers %s, Retry-After %q, having asked %d times; want 503, 5 and 5", r.Status, r.Header.Get("Retry-After"), c.bank.asked)
		}
		c.bank.err = nil
		time.Sleep(6 * time.Second)
		c.Says(events.PaymentSucceeded, c.charge()) // the lease was given back: nobody waits for its end
		if got := c.log.count("breaker opened"); got != 1 {
			t.Errorf("it is logged %d times, want once", got)
		}
	})
}

// TestPayments_DeclineIsAnAnswer declines many cards, between failures.
func TestPayments_DeclineIsAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTill(t, "tok_declined")
		c.Says(events.PaymentFailed, c.charge())
		for range 20 {
			c.bank.err = errors.New("no route to host")
			for range 4 {
				if _, err := breaker.Payments(c.Breaker, c.bank).Create(t.Context(), booking.Call{Key: "k"}, "tok_none"); err == nil {
					t.Fatal("it worked")
				}
				time.Sleep(400 * time.Millisecond)
			}
			c.bank.err = nil
			word, err := breaker.Payments(c.Breaker, c.bank).Create(t.Context(), booking.Call{Key: "k"}, "tok_none")
			if err != nil || word.Status != booking.WordDeclined {
				t.Fatalf("got %+v, %v; want a decline", word, err)
			}
		}
		if c.State() != "closed" {
			t.Errorf("it is %s, want closed", c.State())
		}
	})
}

// TestPayments_Errors has every call fail for the same reason.
func TestPayments_Errors(t *testing.T) {
	for says, c := range map[string]struct {
		err  error
		want string
	}{
		"a lost answer counts":                            {sandbox.ErrLost, "open"},
		"one that never mends is an answer":               {arrow.Never(errors.New("no such account")), "closed"},
		"our own store is the store's breaker's to count": {arrow.Again(store.ErrUnavailable), "closed"},
	} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := breaker.New("payments", breaker.Settings{})
				p := breaker.Payments(b, &failing{c.err})
				for i := range 15 {
					calls := []func(context.Context, booking.Call) (booking.Word, error){p.Confirm, p.Get, p.Cancel, p.Refund}
					if _, err := calls[i%4](t.Context(), booking.Call{}); err == nil {
						t.Fatal("it worked")
					}
					time.Sleep(300 * time.Millisecond)
				}
				if b.State() != c.want {
					t.Errorf("it is %s, want %s", b.State(), c.want)
				}
			})
		})
	}
}

// failing is a provider of both kinds that always fails.
type failing struct{ err error }

func (f *failing) Create(context.Context, booking.Call, string) (booking.Word, error) {
	return booking.Word{}, f.err
}
func (f *failing) Confirm(context.Context, booking.Call) (booking.Word, error) {
	return booking.Word{}, f.err
}
func (f *failing) Get(context.Context, booking.Call) (booking.Word, error) {
	return booking.Word{}, f.err
}
func (f *failing) Cancel(context.Context, booking.Call) (booking.Word, error) {
	return booking.Word{}, f.err
}
func (f *failing) Refund(context.Context, booking.Call) (booking.Word, error) {
	return booking.Word{}, f.err
}
func (f *failing) Send(context.Context, record.Message) (booking.Receipt, error) {
	return booking.Receipt{}, f.err
}

// post is a message provider that refuses everything, for good.
type post struct{}

func (post) Send(context.Context, record.Message) (booking.Receipt, error) {
	return booking.Receipt{Refused: "no_such_address"}, nil
}

func TestMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New("messages", breaker.Settings{})
		for range 15 {
			if r, err := breaker.Messages(b, post{}).Send(t.Context(), record.Message{}); err != nil || r.Refused == "" {
				t.Fatalf("got %+v, %v", r, err)
			}
			time.Sleep(300 * time.Millisecond)
		}
		if b.State() != "closed" {
			t.Errorf("refusals are answers, and it is %s", b.State())
		}
		d := functionstest.Open(t, "notify", func(d *functionstest.Desk) []arrow.Function {
			return []arrow.Function{notify.Function(notify.Settings{
				Records: d.Records, Messages: breaker.Messages(b, &failing{errors.New("no route to host")}), Now: d.Clock,
			})}
		})
		in, err := json.Marshal(booking.Intake{
			Booking: booking.Booking{ID: "booking-2"}, Customer: &booking.Customer{Name: "Ada", Email: "ada@example.com", Locale: "en"},
		})
		if err == nil {
			err = d.Records.Update(t.Context(), store.Key{Record: record.KindIntake, ID: "booking-2"}, "booking-2",
				func(store.Row) (store.Change, error) { return store.Change{Entry: in}, nil })
		}
		if err != nil {
			t.Fatal(err)
		}
		send := d.Event(events.Send, events.Data{
			Booking:  booking.Booking{ID: "booking-2", DepartureID: "lyon-0900", Seats: 2, Flow: booking.Orchestration, Status: booking.StatusRejected},
			Template: string(events.BookingRejected), Occurrence: "fact", Reason: booking.ReasonSoldOut, Channel: "mail", Recipient: "customer",
		})
		for n := range 6 { // another message each: the same would be put off
			send.Occurrence = "fact" + strconv.Itoa(n)
			_, err = d.Hear(send)
			time.Sleep(300 * time.Millisecond)
		}
		if code, after := arrow.Status(err); code != http.StatusServiceUnavailable || after == 0 || !errors.Is(err, breaker.ErrOpen) {
			t.Errorf("got %d after %v, %v; want 503, with when to ask again", code, after, err)
		}
	})
}

func TestMessages_SaysWhatWasNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New("messages", breaker.Settings{})
		m := breaker.Messages(b, &failing{errors.New("no answer")})
		no := new(outcome.NotSentError)
		for range 5 {
			if _, err := m.Send(t.Context(), record.Message{}); errors.As(err, &no) {
				t.Fatalf("what was asked may have been sent, and not: %v", err)
			}
			time.Sleep(250 * time.Millisecond)
		}
		if _, err := m.Send(t.Context(), record.Message{}); !errors.As(err, &no) || no.After <= 0 || !errors.Is(err, breaker.ErrOpen) {
			t.Errorf("%v, want that it was not sent, and when to ask", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := m.Send(gone, record.Message{}); !errors.As(err, &no) || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want that it was not sent", err)
		}
	})
}

func TestMessages_AskedToWaitIsAnAnswer(t *testing.T) {
	for after, want := range map[time.Duration]string{time.Second: "closed", 0: "open"} {
		synctest.Test(t, func(t *testing.T) {
			b := breaker.New("messages", breaker.Settings{})
			m := breaker.Messages(b, &failing{&outcome.NotSentError{Err: errors.New("answered 429 or 401"), After: after}})
			for range 15 {
				if _, err := m.Send(t.Context(), record.Message{}); err == nil {
					t.Fatal("it worked")
				}
				time.Sleep(300 * time.Millisecond)
			}
			if b.State() != want {
				t.Errorf("not before %v: it is %s, want %s", after, b.State(), want)
			}
		})
	}
}
