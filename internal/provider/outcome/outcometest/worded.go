package outcometest

import (
	"testing"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/words"
)

// Worded is a mail as it is worded, with the key and the address of another. Its
// readers are offered one click to unsubscribe, where they may be.
func Worded(t testing.TB, like record.Message, template, unsubscribe string) record.Message {
	t.Helper()
	for _, x := range words.Examples() {
		if x.Template == template {
			x.Links.Unsubscribe = unsubscribe
			m, err := words.Embedded().Say(x.News, booking.ChannelMail)
			if err != nil {
				t.Fatal(err)
			}
			m.Key, m.To = like.Key, like.To
			return m
		}
	}
	t.Fatalf("%s has no example", template)
	return record.Message{}
}
