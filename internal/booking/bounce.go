package booking

import "strings"

// passing are the codes of messages that came back and may not the next time:
// a mailbox that is full, a server that is busy, words that were taken for spam
// (RFC 3463), a telephone that is off or out of reach (Twilio's errors).
var passing = map[string][]string{
	ChannelMail: {"4", "5.2.2", "5.2.3", "5.3", "5.4", "5.5", "5.6", "5.7", "552", "554", "blocked"},
	ChannelText: {"30001", "30002", "30003", "30007", "30008", "30009", "3003", "3045", "3055", "2161"},
}

// CameBackForGood reports whether who a message came back from is to be written
// to no more. code is the provider's: of mail, an enhanced status, a status of
// SMTP or the provider's word for it. What is not known is taken for passing on
// every channel but mail, of which providers tell only what has ended.
func CameBackForGood(channel, code string) bool {
	for _, p := range passing[channel] {
		if strings.HasPrefix(code, p) {
			return false
		}
	}
	switch channel {
	case ChannelMail:
		return true
	case ChannelText:
		return code == "30005" || code == "30006" || code == "21211" || code == "21614"
	}
	return false
}
