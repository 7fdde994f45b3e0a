package request

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// ErrOtherRequest is a request under the id of another one: the same key with
// another body.
var ErrOtherRequest = errors.New("another request was made under this key")

// Settings is what a request is taken in by.
type Settings struct {
	Secret []byte        // keys the ids that cannot be guessed
	Hold   time.Duration // from request to confirmation
	Flow   booking.Flow  // where the request names none
	KeyTTL time.Duration // how long a key may be used again (REDIS_TTL); 0: for ever
}

// Function is the arrow over intakes.
func Function(s Settings) arrow.Function {
	return record.Intake("request", s.BookingID, arrow.Table[arrow.None, booking.Intake]{
		events.BookingRequest: s.request,
	})
}

// Reminded is the function as a broker may reach it where strangers can too: it
// takes what the keeper asks again, by a booking's id, and no new request,
// which is for the door to look at first.
func Reminded(r arrow.Receiver) arrow.Receiver {
	return func(ctx context.Context, ce event.Event) (*event.Event, error) {
		e, err := events.Decode(ce)
		if err == nil && e.Customer != nil {
			err = fmt.Errorf("request: %w: a new one, past the door", arrow.ErrUnroutable)
		}
		if err != nil {
			return nil, err
		}
		return r(ctx, ce)
	}
}

func (s Settings) request(h arrow.None, i booking.Intake, e events.Event, now time.Time) (arrow.None, booking.Intake, events.Answer) {
	if e.Customer == nil { // the keeper asks again, by id
		return h, i, events.Any(events.BookingRequested.As(i.Booking, i.Requested))
	}
	with := s.intake(e, now)
	i = i.Request(with, now)
	if i.Hash != with.Hash {
		return h, i, events.Answer{Err: arrow.Never(ErrOtherRequest)}
	}
	return h, i, events.First(events.BookingRequested.As(i.Booking, i.Requested))
}

func (s Settings) intake(e events.Event, now time.Time) booking.Intake {
	b := booking.Booking{
		ID: s.BookingID(e), DepartureID: e.DepartureID, Seats: e.Seats, Flow: e.Flow,
		Status: booking.StatusPending, ExpiresAt: now.Add(s.Hold),
	}
	if b.Flow == "" {
		b.Flow = s.Flow
	}
	return booking.Intake{
		Booking: b, Customer: e.Customer, Token: e.Payment, Hash: hash(e.Data),
		CustomerID: s.CustomerID(*e.Customer),
	}
}

// BookingID is the id of the booking that a request makes: the one it names,
// else a keyed hash of the event's source and id, so that the same event is
// the same booking and nobody can guess it.
func (s Settings) BookingID(e events.Event) string {
	if e.Data.ID != "" {
		return e.Data.ID
	}
	return s.keyed("booking", e.Source, e.ID)
}

// CustomerID is the keyed hash of the normalised e-mail address.
func (s Settings) CustomerID(c booking.Customer) string {
	return s.keyed("customer", strings.ToLower(strings.TrimSpace(c.Email)))
}

// PhoneID is the keyed hash of a phone number in E.164.
func (s Settings) PhoneID(e164 string) string { return s.keyed("phone", strings.TrimSpace(e164)) }

// DeviceID is the keyed hash of the token by which a device's provider knows it.
func (s Settings) DeviceID(token string) string { return s.keyed("device", token) }

func (s Settings) keyed(parts ...string) string {
	m := hmac.New(sha256.New, s.Secret)
	m.Write([]byte(events.EffectID(parts...)))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// hash is over all that was asked.
func hash(d events.Data) string {
	raw, err := json.Marshal(d)
	if err != nil {
		panic(err) // Data is plain values, which JSON always holds
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
