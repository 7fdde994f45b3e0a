package request

import (
	"context"
	"crypto/subtle"
	"net/http"
	"regexp"
	"strings"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// customerPattern is what ids are that [Settings.keyed] has made.
var customerPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// keyless is what everybody hears who may not look at a customer: nothing in it
// tells whether there is such a customer.
var keyless = web.Problem{
	Kind: "not-found", Title: "Not found", Status: http.StatusNotFound,
	Detail: "There is nothing here without the customer's key: follow the link in a message to them, or send it as the parameter key.",
}

// customer is the customer in the request's path.
func (d Door) customer(r *http.Request) (string, error) { return d.customerOf(r, r.PathValue("id")) }

// customerOf is the customer with an id, for who shows their key or is an
// operator. Who shows a key is judged by that alone, from wherever they come.
func (d Door) customerOf(r *http.Request, id string) (string, error) {
	shown := r.URL.Query().Get("key")
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	may := d.opens(id, shown) || strings.EqualFold(scheme, "Bearer") && d.opens(id, strings.TrimSpace(bearer)) ||
		shown == "" && d.Operators.May(r)
	if !may || !customerPattern.MatchString(id) {
		return "", keyless
	}
	return id, nil
}

// opens reports whether a key is the customer's.
func (s Settings) opens(customerID, key string) bool {
	return subtle.ConstantTimeCompare([]byte(key), []byte(s.CustomerKey(customerID))) == 1
}

// change changes what is known of a customer, and tells the facts that come of
// it, or those that came of it when it was asked for first. The work outlives an
// asker who hangs up.
func (d Door) change(r *http.Request, id string, change func(booking.Reader) booking.Reader, facts ...fact) (booking.Reader, error) {
	var now booking.Reader
	ctx := context.WithoutCancel(r.Context())
	err := record.ChangeReader(ctx, d.Records, id, func(was booking.Reader) booking.Reader {
		now = change(was)
		return now
	})
	if err != nil {
		return booking.Reader{}, err
	}
	var answers []events.Answer
	for _, f := range facts {
		answers = append(answers, f(id, now))
	}
	said := record.AboutCustomer("request", id, trace(r), answers...)
	if len(said) == 0 {
		return now, nil
	}
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	return now, d.Broker.Publish(ctx, said...)
}

// fact is one that a customer's record remembers, or silence.
type fact func(id string, r booking.Reader) events.Answer

// restored is r after somebody said, now, that the address is good: whatever was
// heard of it before, also by a clock that is ahead of ours.
func restored(r booking.Reader, channel string, now time.Time) booking.Reader {
	if r.Suppressed == nil && (r.Preferred == nil || !r.Preferred.At.Equal(now)) {
		return r // what is said is what was said
	}
	heard := now
	if r.HeardAt.After(heard) {
		heard = r.HeardAt
	}
	return r.Restore(channel, heard, now)
}
