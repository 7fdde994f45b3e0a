// Package notify sends one message to one person, in their language. Whether
// it was sent is the notification's record's to say; address and language are
// read from the intake, or from the customer's record, in the act stroke, and
// are in no event. So is what the message tells besides: the tour as it is
// called and met now, and whether it may be told at all.
package notify

import (
	"cmp"
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/words"
)

// Why a message is not sent, besides what its provider says.
const (
	Unknown    = "customer_unknown" // nobody knows who it is for: they were erased
	Superseded = "superseded"       // it is not true any more
	Unwanted   = "unwanted"         // the customer has said no to it, or watches the departure no more
	Suppressed = "suppressed"       // the address is written to no more
	NoAddress  = "no_address"       // the customer has none of that channel, another number now, or a device that is another's
)

// Turns is how often one customer is told of one category. Take takes a turn of
// key, of which there are perHour, and returns 0, or takes none and returns how
// long it is until there is one. Safe for concurrent use.
type Turns interface {
	Take(ctx context.Context, key string, perHour int) (wait time.Duration, err error)
}

// Settings is what messages are made and sent with. Records, Messages and Now
// must be set.
type Settings struct {
	Records  *store.Records
	Words    *words.Words // nil: the embedded ones
	Messages record.Messages
	Turns    Turns // nil: there is no end of them
	Now      func() time.Time
	Links    func(customerID string, c booking.Category) words.Links // nil: messages lead nowhere
	Page     func(bookingID string) string                           // where a booking is looked at, "" if nowhere; nil: nowhere
	PhoneID  func(e164 string) string                                // the keyed hash of a telephone number; nil: whatever number there is now is written to
}

// Function is the arrow over notifications, which acts through the provider.
func Function(s Settings) arrow.Function {
	if s.Words == nil {
		s.Words = words.Embedded()
	}
	return record.Notification("notify", func(ctx context.Context, n booking.Notification, at booking.Sending) (booking.Receipt, error) {
		return letter{s, n, at}.send(ctx)
	})
}

// letter is one attempt to send a message.
type letter struct {
	Settings
	booking.Notification
	at booking.Sending
}

// unsentError is why a message could not even be written: nobody was asked to
// send it.
type unsentError struct{ error }

// Unsent implements [record.Unsent].
func (unsentError) Unsent() {}

// Unwrap returns the cause.
func (e unsentError) Unwrap() error { return e.error }

func (l letter) send(ctx context.Context) (booking.Receipt, error) {
	m, word, err := l.write(ctx)
	switch {
	case err != nil:
		return word, unsentError{err}
	case word != booking.Receipt{}:
		return word, nil
	}
	if word, err = l.Messages.Send(ctx, m); err != nil && l.at.Tries >= tries && l.again(err) {
		return l.later(err), nil
	}
	return word, err
}

// write makes the message, or says why or until when there is none.
func (l letter) write(ctx context.Context) (m record.Message, word booking.Receipt, err error) {
	who, err := l.reader(ctx)
	if err != nil {
		return m, word, err
	}
	if who.Contact == nil {
		word.Refused = Unknown
		return m, word, nil
	}
	to := address(who, l.Channel, l.Recipient)
	if to == "" || l.another(to) {
		word.Refused = NoAddress
		return m, word, nil
	}
	switch watches, err := l.watches(ctx); {
	case err != nil:
		return m, word, err
	case !watches:
		word.Refused = Unwanted
		return m, word, nil
	}
	is, err := record.ReadBooking(ctx, l.Records, l.Booking.ID)
	if err != nil {
		return m, word, err
	}
	news, current, err := l.news(ctx)
	outdone := false
	if err == nil {
		outdone, err = l.outdone(ctx)
	}
	switch {
	case err != nil:
		return m, word, err
	case !current, outdone, l.overtaken(is):
		word.Refused = Superseded
		return m, word, nil
	}
	word, err = l.may(ctx, who, cmp.Or(who.Preferences.TimeZone, news.Booking.TimeZone))
	if err != nil || word != (booking.Receipt{}) {
		return m, word, err
	}
	news.Customer, news.Confirmed = *who.Contact, is.Confirmed != nil
	news.Customer.Locale = cmp.Or(who.Preferences.Locale, who.Contact.Locale)
	if m, err = l.Words.Say(news, l.Channel); err != nil {
		return m, word, arrow.Never(err) // no template for what happened
	}
	m.Key, m.To, m.CustomerID = l.at.Key, to, l.CustomerID
	return m, word, nil
}

// A message that nobody takes is tried again at once by whoever delivers to us,
// and after so many tries put off: for a while that grows, up to the longest.
const (
	tries   = 3
	shortly = time.Minute
	longest = 15 * time.Minute
)

// again reports whether a message may be sent anew after an error: it was not
// sent, for sure, or may come twice.
func (l letter) again(err error) bool {
	unsent := record.Unsent(nil)
	return errors.As(err, &unsent) || l.Category.Rule().Errs == booking.ErrAgain
}

// later puts a message off that was not sent, or may not have been. Its provider
// may have said until when.
func (l letter) later(err error) booking.Receipt {
	wait := l.pause()
	if again := (*arrow.AgainError)(nil); errors.As(err, &again) {
		wait = max(wait, again.After)
	}
	return booking.Receipt{Until: l.Now().Add(wait), Why: booking.DeferredProvider}
}

// pause is for how long a message is put off at least: it grows from one time to
// the next.
func (l letter) pause() time.Duration {
	if d := l.Deferred; d != nil {
		return min(shortly<<min(d.Attempt, 8), longest)
	}
	return shortly
}

// turn is for how long a message is put off whose customer's turn comes after
// wait: longer each time, and not as long as the others that wait for it.
func (l letter) turn(wait time.Duration) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(l.at.Key))
	wait = max(wait, l.pause())
	return wait + wait*time.Duration(h.Sum32()%64)/64
}

// reader is who is told: of a booking, who made it, with what they wish.
func (l letter) reader(ctx context.Context) (booking.Reader, error) {
	who, err := record.ReadReader(ctx, l.Records, l.CustomerID)
	if err != nil || l.Booking.ID == "" {
		return who, err
	}
	in, err := record.ReadIntake(ctx, l.Records, l.Booking.ID)
	who.Contact = in.Customer
	return who, err
}

// another reports whether a watcher's number is not the one that was to be told any
// more: whether that may be written to, and who said STOP, is known by the old one.
func (l letter) another(to string) bool {
	return l.Booking.ID == "" && l.Channel == booking.ChannelText && l.PhoneID != nil && l.PhoneID(to) != l.Recipient
}

// watches reports whether who has no booking watches the departure still: what
// waited for their morning is not for who has ended that since.
func (l letter) watches(ctx context.Context) (bool, error) {
	if l.Booking.ID != "" {
		return true, nil
	}
	return record.Watching(ctx, l.Records, l.CustomerID, l.Booking.DepartureID)
}

// address is where a recipient is reached.
func address(who booking.Reader, channel, recipient string) string {
	switch channel {
	case booking.ChannelMail:
		return who.Contact.Email
	case booking.ChannelText:
		return who.Contact.Phone
	case booking.ChannelPush:
		for _, d := range who.Devices {
			if d.ID == recipient {
				return d.Token
			}
		}
	}
	return ""
}

// overtaken reports whether the booking has come further than what there is to
// tell of it.
func (l letter) overtaken(is booking.Record) bool {
	return is.Closed != nil &&
		(l.Template == string(events.BookingConfirmed) || l.Template == string(events.DepartureChanged))
}

// may says until when the message is not to be sent, or why never; the zero
// receipt is that it may be now. A message that nobody may miss is sent whatever
// the customer wishes, but not to an address that is written to no more. zone is
// whose hours are quiet: the tour's, where the customer has named none.
func (l letter) may(ctx context.Context, who booking.Reader, zone string) (no booking.Receipt, err error) {
	at := who
	if l.Recipient != l.CustomerID {
		if at, err = record.ReadReader(ctx, l.Records, l.Recipient); err != nil {
			return no, err
		}
	}
	now, wishes := l.Now(), who.Preferences
	switch {
	case at.Suppressed != nil:
		no.Refused = Suppressed
		return no, nil
	case !at.Serves(l.CustomerID):
		no.Refused = NoAddress
		return no, nil
	case !wants(wishes, l.Category, l.Channel):
		no.Refused = Unwanted
		return no, nil
	}
	if no.Until = wishes.QuietUntil(l.Category, now, words.Zone(zone)); !no.Until.IsZero() {
		no.Why = booking.DeferredQuiet
		return no, nil
	}
	if !l.at.Turn || l.Turns == nil {
		return no, nil
	}
	// Turns that cannot be counted stop no message.
	wait, err := l.Turns.Take(ctx, l.CustomerID+":"+string(l.Category), l.Category.Rule().PerHour)
	if err == nil && wait > 0 {
		no.Until, no.Why = now.Add(l.turn(wait)), booking.DeferredLimit
	}
	return no, nil
}

// wants reports whether a message is wanted; by which channels that which nobody
// may miss is, was decided when it was announced.
func wants(p booking.Preferences, c booking.Category, channel string) bool {
	return c.Rule().Critical || slices.Contains(p.Wants(c), channel)
}
