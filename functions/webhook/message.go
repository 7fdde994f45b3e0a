package webhook

import (
	"context"
	"encoding/json"
	"regexp"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// Reference is what a message carries our reference as, and its notices bring
// back: the id of its notification's record.
const Reference = "tourbillon_id"

var references = regexp.MustCompile(`^[0-9a-f]{32}$`)

// tidings is what a provider tells of a message.
type tidings struct {
	names   []events.Name // the facts that it leads to
	ref     string        // the message's, or what somebody put there
	code    string        // the provider's, for why
	at      time.Time     // when it happened; zero: it does not say
	channel string
	who     string // the recipient by the address that it names, hashed; empty: it may not say, or nobody knows
}

// telling says the facts about a message that we know. Of one that we do not, it
// only tells that somebody wants no more, or some again, where it may say who.
func (d *desk) telling(provider, id string, t tidings) say {
	return func(ctx context.Context) ([]events.Event, string, error) {
		n, err := d.notification(ctx, t.ref)
		if err != nil {
			return nil, "", err
		}
		var out []events.Event
		for _, name := range t.names {
			if data, ok := t.data(n, name); ok {
				out = append(out, events.Note(name, data, provider+" "+id, d.happened(t.at)).Render(us, event(id)))
			}
		}
		if len(out) == 0 {
			return nil, Foreign, nil
		}
		return out, Published, nil
	}
}

func (d *desk) notification(ctx context.Context, ref string) (n booking.Notification, err error) {
	if !references.MatchString(ref) {
		return n, nil // it would be part of a record's key
	}
	return record.ReadNotification(ctx, d.Records, ref)
}

// data is a fact's data, and whether there is anything to say.
func (t tidings) data(n booking.Notification, name events.Name) (events.Data, bool) {
	known := n.Occurrence != ""
	if name == events.OptedOut || name == events.OptedIn {
		if known {
			return events.Data{Channel: n.Channel, Recipient: n.Recipient}, true
		}
		return events.Data{Channel: t.channel, Recipient: t.who}, t.who != ""
	}
	data := record.MessageData(n)
	data.Code = t.code
	return data, known
}

// happened is when it did, by the provider; by us where that cannot be.
func (d *desk) happened(at time.Time) time.Time {
	now := d.Now()
	if at.Before(now.Add(-Remembered)) || at.After(now.Add(ahead)) {
		return now
	}
	return at.UTC()
}

// unix is a time in seconds, with or without parts of one.
func unix(n json.Number) time.Time {
	s, err := n.Float64()
	if err != nil || s < 0 || s > 1<<40 {
		return time.Time{}
	}
	return time.UnixMilli(int64(s * 1000))
}

// hashed is the recipient that an address stands for, where somebody can tell.
func hashed(by func(string) string, address string) string {
	if by == nil || address == "" {
		return ""
	}
	return by(address)
}
