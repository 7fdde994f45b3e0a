package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// stripeKinds are the events after which a payment may not be what we think it
// is, besides those about disputes.
var stripeKinds = map[string]bool{
	"payment_intent.succeeded": true, "payment_intent.payment_failed": true, "payment_intent.canceled": true,
	"payment_intent.requires_action": true, "payment_intent.processing": true, "payment_intent.amount_capturable_updated": true,
	"charge.refunded": true, "charge.refund.updated": true, "refund.created": true, "refund.updated": true, "refund.failed": true,
}

// stripe reads an event of Stripe's. What it tells of the payment is not
// believed: events come late, twice and in any order.
func (d *desk) stripe(_ context.Context, in delivery) ([]notice, error) {
	if err := stripeSigned(in.header.Get("Stripe-Signature"), in.body, d.Secrets.Stripe, in.now); err != nil {
		return nil, err
	}
	var e struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Data struct {
			Object json.RawMessage `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(in.body, &e); err != nil || !ids.MatchString(e.ID) || e.Type == "" {
		return nil, malformed("it is not an event")
	}
	n := notice{id: e.ID, kind: e.Type, outcome: Ignored}
	if stripeKinds[e.Type] || strings.HasPrefix(e.Type, "charge.dispute.") {
		of, err := stripePayment(e.Data.Object)
		if err != nil {
			return nil, malformed("its object cannot be read")
		}
		n.say = d.settling(e.ID, of)
	}
	return []notice{n}, nil
}

// stripeSigned wants one of the header's signatures of the scheme v1 to be that
// of the timestamp and the raw body. Stripe signs each attempt anew.
func stripeSigned(header string, body []byte, secrets []string, now time.Time) error {
	var stamp string
	var good bool
	var macs [][]byte
	for part := range strings.SplitSeq(header, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case key == "t" && stamp != "" && stamp != value:
			return forged("its signature has two times")
		case key == "t":
			stamp = value
		case key == "v1" && len(macs) < maxSignatures:
			if mac, err := hex.DecodeString(value); err == nil {
				macs = append(macs, mac)
			}
		}
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return forged("its signature has no time")
	}
	for _, mac := range macs {
		good = signed(sha256.New, secrets, mac, []byte(stamp), []byte("."), body) || good
	}
	if !good {
		return forged("its signature is by no secret of ours")
	}
	return fresh(at, now, 0)
}

// maxSignatures is how many signatures are looked at. Stripe sends one for each
// secret in force, which are two while one is rolled.
const maxSignatures = 8

// stripeObject is what tells whose payment an object is about: an intent's own
// metadata, which its charges have too; else the intent.
type stripeObject struct {
	Object   string `json:"object"`
	Metadata struct {
		BookingID string `json:"booking_id"`
	} `json:"metadata"`
	Intent json.RawMessage `json:"payment_intent"` // its id, or all of it
}

// payment is what an event says of whose it is.
type payment struct {
	booking string
	intent  string // to ask for, where the booking is not told
}

func stripePayment(raw json.RawMessage) (payment, error) {
	var o stripeObject
	if err := json.Unmarshal(raw, &o); err != nil {
		return payment{}, err
	}
	p := payment{booking: o.Metadata.BookingID}
	var whole struct {
		ID string `json:"id"`
	}
	switch {
	case len(o.Intent) == 0:
	case json.Unmarshal(o.Intent, &p.intent) == nil:
	case json.Unmarshal(o.Intent, &whole) == nil:
		p.intent = whole.ID
	default:
		return payment{}, fmt.Errorf("payment_intent is neither an id nor an object")
	}
	return p, nil
}

var bookingID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// settling has a payment of ours looked at. One that no payment record is of is
// another system's on the same account: the record is there before the intent.
func (d *desk) settling(id string, of payment) say {
	return func(ctx context.Context) ([]events.Event, string, error) {
		if of.booking == "" && ids.MatchString(of.intent) && d.Payments != nil {
			var err error
			if of.booking, err = d.Payments.Booking(ctx, of.intent); err != nil {
				return nil, "", trouble(fmt.Errorf("find the booking of an intent: %w", err))
			}
		}
		if !bookingID.MatchString(of.booking) {
			return nil, Foreign, nil
		}
		row, err := d.Records.Read(ctx, store.Key{Record: record.KindPayment, ID: of.booking}, of.booking)
		if err != nil {
			return nil, "", fmt.Errorf("read payment: %w", err)
		}
		if len(row.Entry) == 0 {
			return nil, Foreign, nil
		}
		data := events.Data{Booking: booking.Booking{ID: of.booking}}
		c := events.Tell(events.PaymentSettle, data, d.Now()).Render(us, event(id))
		c.ID = events.EffectID("webhook", "stripe", id)
		return []events.Event{c}, Published, nil
	}
}
