// Package sandbox is a payment provider that behaves as real ones do, with its
// ledger kept in the store. The token says what happens to the card; money is
// counted and none moves.
//
//	tok_visa                 succeeds
//	tok_declined             is declined for good
//	tok_insufficient_funds   is declined for good
//	tok_try_again            is declined once, the next attempt succeeds
//	tok_timeout              succeeds, and the answer is lost
//	tok_flaky                fails twice without an effect, then succeeds
//	tok_slow                 succeeds, and answers after the lease
//	tok_slow_create          succeeds; that it was created is answered after the lease
//	tok_async                is processing, and succeeds later
//	tok_async_fails          is processing, and is declined later
//	tok_refund_fails         succeeds; the first refund is refused
//	tok_refund_fails_later   succeeds; the first refund is done, and comes back later
//	tok_3ds                  the bank wants to see the customer, at [Sandbox.Page]'s address
//
// What comes later is announced as a provider would, by payment.settle: the
// ledger's due line, which the clock reads.
package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/parse"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// Kind is the ledger's kind of record, and Index the list of all intents.
const (
	Kind  = "ledger"
	Index = "ledger"
)

// The errors of a sandbox: outcomes that the caller cannot know.
var (
	ErrLost  = errors.New("sandbox: the answer was lost")
	ErrFlaky = errors.New("sandbox: the provider failed")
)

// Settings is how the sandbox keeps time.
type Settings struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
	Slow  time.Duration // how long tok_slow takes: longer than the lease
	Late  time.Duration // when a processing intent is decided
}

// Sandbox is the provider. It keeps the contract of record.Payments, and
// counts the requests made under each key.
type Sandbox struct {
	records *store.Records
	Settings
}

// New returns a sandbox whose ledger is in r.
func New(r *store.Records, s Settings) *Sandbox { return &Sandbox{r, s} }

// Intent is one line of the ledger.
type Intent struct {
	ID        string               `json:"id"`
	BookingID string               `json:"bookingId"`
	Token     string               `json:"token"`
	Amount    booking.Money        `json:"amount"`
	Status    booking.IntentStatus `json:"status"`
	Code      string               `json:"code,omitempty"`
	Late      time.Time            `json:"late,omitzero"`
	Confirms  int                  `json:"confirms,omitempty"`
	Refunds   []Refund             `json:"refunds,omitempty"`
	Disputed  bool                 `json:"disputed,omitempty"`
	Requests  map[string]int       `json:"requests"` // by idempotency key
}

// Refund is one refund of an intent, by its key.
type Refund struct {
	Key    string               `json:"key"`
	Amount booking.Money        `json:"amount"`
	Status booking.RefundStatus `json:"status"`
}

// Taken is the money that the intent took and did not give back.
func (i Intent) Taken() int64 {
	if i.Status != booking.WordSucceeded {
		return 0
	}
	left := i.Amount.Amount
	for _, r := range i.Refunds {
		if r.Status == booking.RefundDone {
			left -= r.Amount.Amount
		}
	}
	return left
}

// Create makes an unconfirmed intent, whose id follows from the key.
func (s *Sandbox) Create(ctx context.Context, c booking.Call, token string) (booking.Word, error) {
	if !known[token] {
		return booking.Word{Status: booking.WordDeclined, Code: "invalid_token"}, nil
	}
	c.Intent = "pi_" + events.EffectID("sandbox", c.Key)[:24]
	var slow bool
	w, err := s.request(ctx, c, func(i *Intent) (booking.Word, error) {
		slow = token == "tok_slow_create" && i.Requests[c.Key] == 1
		if i.ID == "" {
			i.ID, i.BookingID, i.Token, i.Amount = c.Intent, c.BookingID, token, c.Amount
			i.Status = booking.WordUnconfirmed
		}
		return i.word(""), nil
	})
	if slow && err == nil {
		err = s.Sleep(ctx, s.Slow)
	}
	return w, err
}

// Confirm does what the token says.
func (s *Sandbox) Confirm(ctx context.Context, c booking.Call) (booking.Word, error) {
	var slow bool
	w, err := s.request(ctx, c, func(i *Intent) (booking.Word, error) {
		slow = i.Token == "tok_slow" && i.Requests[c.Key] == 1
		return s.confirm(i, c)
	})
	if slow && err == nil {
		err = s.Sleep(ctx, s.Slow)
	}
	return w, err
}

func (s *Sandbox) confirm(i *Intent, c booking.Call) (booking.Word, error) {
	if i.Status != booking.WordUnconfirmed {
		return i.word(""), nil
	}
	i.Confirms++
	i.Status = booking.WordSucceeded
	switch i.Token {
	case "tok_declined":
		i.decline("do_not_honor")
	case "tok_insufficient_funds":
		i.decline("insufficient_funds")
	case "tok_try_again":
		if strings.HasPrefix(c.Key, i.BookingID+":1:") {
			i.decline("try_again_later")
		}
	case "tok_flaky":
		if i.Confirms <= 2 {
			i.Status = booking.WordUnconfirmed
			return booking.Word{}, ErrFlaky
		}
	case "tok_timeout":
		if i.Requests[c.Key] == 1 {
			return booking.Word{}, ErrLost
		}
	case "tok_async", "tok_async_fails":
		i.Status, i.Late = booking.WordProcessing, s.Now().Add(s.Late)
	case "tok_3ds":
		i.Status = booking.WordProcessing
	}
	return i.word(""), nil
}

// Get tells how the intent stands.
func (s *Sandbox) Get(ctx context.Context, c booking.Call) (booking.Word, error) {
	return s.request(ctx, c, func(i *Intent) (booking.Word, error) { return i.word(c.Refund), nil })
}

// Cancel ends an intent that has taken nothing; one that is processing or paid
// stays as it is, and says so. One that waits for the customer is processing
// nothing yet.
func (s *Sandbox) Cancel(ctx context.Context, c booking.Call) (booking.Word, error) {
	return s.request(ctx, c, func(i *Intent) (booking.Word, error) {
		if i.Status == booking.WordUnconfirmed || i.Status == booking.WordDeclined || i.awaited() {
			i.Status = booking.WordCancelled
		}
		return i.word(""), nil
	})
}

// Refund gives money back, once per key, and never more than was taken.
func (s *Sandbox) Refund(ctx context.Context, c booking.Call) (booking.Word, error) {
	return s.request(ctx, c, func(i *Intent) (booking.Word, error) {
		if !slices.ContainsFunc(i.Refunds, func(r Refund) bool { return r.Key == c.Key }) {
			r := Refund{Key: c.Key, Amount: c.Amount, Status: booking.RefundDone}
			if c.Amount.Amount > i.Taken() || i.Token == "tok_refund_fails" && len(i.Refunds) == 0 {
				r.Status = booking.RefundRefused
			}
			if i.Token == "tok_refund_fails_later" && len(i.Refunds) == 0 {
				i.Late = s.Now().Add(s.Late)
			}
			i.Refunds = append(i.Refunds, r)
		}
		return i.word(c.Key), nil
	})
}

// Authenticate is that the customer showed the bank who they are, or that they
// did not; nil, that they only look. It says how the intent stands then; one
// that waits for nobody stays as it is.
func (s *Sandbox) Authenticate(ctx context.Context, intent string, shown *bool) (booking.Word, error) {
	return s.happen(ctx, booking.Call{Intent: intent, Key: "authenticate"}, func(i *Intent) (booking.Word, error) {
		if i.awaited() && shown != nil {
			i.Status, i.Late = booking.WordSucceeded, s.Now()
			if !*shown {
				i.decline("authentication_required")
			}
		}
		return i.word(""), nil
	})
}

// Dispute has the intent disputed by its cardholder, and that announced.
func (s *Sandbox) Dispute(ctx context.Context, intent string) error {
	w, err := s.happen(ctx, booking.Call{Intent: intent, Key: "dispute"}, func(i *Intent) (booking.Word, error) {
		i.Disputed, i.Late = true, s.Now()
		return i.word(""), nil
	})
	if err == nil && w.Status == booking.WordUnknown {
		err = fmt.Errorf("sandbox: no intent %q", intent)
	}
	return err
}

// Ledger returns every intent there is.
func (s *Sandbox) Ledger(ctx context.Context) ([]Intent, error) {
	var all []Intent
	for cursor := ""; ; {
		page, err := s.records.List(ctx, Index, cursor, 100)
		if err != nil {
			return nil, err
		}
		for _, id := range page.Members {
			row, err := s.records.Read(ctx, store.Key{Record: Kind, ID: id}, id)
			if err != nil {
				return nil, err
			}
			var i Intent
			if err := parse.JSON(row.Entry, &i); err != nil {
				return nil, err
			}
			all = append(all, i)
		}
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// request lets time pass for the intent, and does what is asked. Whoever asks
// learns what was to be announced.
func (s *Sandbox) request(ctx context.Context, c booking.Call, do func(*Intent) (booking.Word, error)) (booking.Word, error) {
	return s.happen(ctx, c, func(i *Intent) (booking.Word, error) {
		i.pass(s.Now())
		return do(i)
	})
}

// happen counts the request, and does what is asked, in one commit of the
// intent's line. An error of do is the answer's, and leaves what it did.
func (s *Sandbox) happen(ctx context.Context, c booking.Call, do func(*Intent) (booking.Word, error)) (booking.Word, error) {
	var w booking.Word
	var lost error
	err := s.records.Update(ctx, store.Key{Record: Kind, ID: c.Intent}, c.Intent, func(row store.Row) (store.Change, error) {
		var i Intent
		if len(row.Entry) > 0 {
			if err := parse.JSON(row.Entry, &i); err != nil {
				return store.Change{}, err
			}
		} else if c.Verb != booking.VerbCreate {
			w, lost = booking.Word{Status: booking.WordUnknown}, nil
			return store.Change{}, nil
		}
		if i.Requests == nil {
			i.Requests = make(map[string]int)
		}
		i.Requests[c.Key]++
		w, lost = do(&i)
		raw, err := json.Marshal(i)
		line := store.Line{Name: saga.LateLine(i.BookingID), At: i.Late}
		return store.Change{Entry: raw, Lines: []store.Line{line}, Index: []store.Index{{Name: Index, Member: i.ID, In: true}}}, err
	})
	return w, errors.Join(err, lost)
}
