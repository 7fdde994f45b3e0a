package booking

import (
	"slices"
	"strings"
)

// passing is how the codes begin of mail that came back and may not the next
// time: a mailbox that is full, a server that is busy, words that were taken for
// spam (RFC 3463), a block that a provider expects to pass, a server that could
// not be reached for hours (Mailgun's 602), a mail that Mailgun itself would not
// send because of us.
var passing = []string{"4", "5.2.2", "5.2.3", "5.3", "5.4", "5.5", "5.6", "5.7", "552", "554", "602", "blocked", "rejected"}

// lasting are Twilio's codes of numbers that take no text, or are none. A
// telephone that is off or out of reach is not among them, nor a carrier that
// filters.
var lasting = []string{"21211", "21614", "30005", "30006"}

// CameBackForGood reports whether who a message came back from is to be written
// to no more. code is the provider's: of mail, an enhanced status, a status of
// SMTP or the provider's word for it. What is not known is taken for passing on
// every channel but mail, of which providers tell only what has ended.
func CameBackForGood(channel, code string) bool {
	switch channel {
	case ChannelMail:
		return !slices.ContainsFunc(passing, func(p string) bool { return strings.HasPrefix(code, p) })
	case ChannelText:
		return slices.Contains(lasting, code)
	}
	return false
}
