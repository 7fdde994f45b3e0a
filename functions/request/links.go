package request

import (
	"crypto/subtle"
	"net/url"
	"strings"

	"tourbillon/internal/booking"
	"tourbillon/internal/words"
)

// CustomerKey is what lets somebody read and say what a customer wishes: it is in
// the messages to them, and nowhere else.
func (s Settings) CustomerKey(customerID string) string { return s.keyed("customer-key", customerID) }

// Links are where a message to a customer leads, on the door at an address that
// ends with a slash.
func (s Settings) Links(door string) func(customerID string, c booking.Category) words.Links {
	return func(customerID string, c booking.Category) words.Links {
		l := words.Links{Preferences: door + "customers/" + customerID + "/preferences?" + url.Values{"key": {s.CustomerKey(customerID)}}.Encode()}
		if !c.Rule().Critical {
			l.Unsubscribe = door + "u/" + s.unsubscribing(customerID, c)
		}
		return l
	}
}

// unsubscribing is what ends the messages of a category to a customer. It needs
// nothing beside it, and never ends to be good (RFC 8058).
func (s Settings) unsubscribing(customerID string, c booking.Category) string {
	return strings.Join([]string{customerID, string(c), s.keyed("unsubscribe", customerID, string(c))}, ".")
}

// unsubscribed reads what [Settings.unsubscribing] has made.
func (s Settings) unsubscribed(token string) (customerID string, c booking.Category, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || booking.Category(parts[1]).Rule().Critical {
		return "", "", false
	}
	customerID, c = parts[0], booking.Category(parts[1])
	return customerID, c, subtle.ConstantTimeCompare([]byte(token), []byte(s.unsubscribing(customerID, c))) == 1
}
