package post_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/provider/post"
	"tourbillon/internal/record"
)

// closed has a key that is not known any more.
type closed struct{}

// Send sends nothing.
func (closed) Send(context.Context, record.Message) (booking.Receipt, error) {
	return booking.Receipt{}, &outcome.NotSentError{Err: fmt.Errorf("answered 401")}
}

// works takes everything.
type works struct{}

// Send takes the message.
func (works) Send(_ context.Context, m record.Message) (booking.Receipt, error) {
	return booking.Receipt{ID: "id of " + m.Key}, nil
}

func Example() {
	p := post.New(post.Settings{
		Channels: map[string][]post.Provider{"mail": {{Name: "closed", Messages: closed{}}, {Name: "works", Messages: works{}}}},
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
		Count:    func(channel, provider, outcome string) { fmt.Println(channel, provider, outcome) },
	})
	for _, m := range []record.Message{{Key: "k", Channel: "mail", To: "ada@example.com"}, {Key: "k", Channel: "text", To: "+33612345678"}} {
		r, err := p.Send(context.Background(), m)
		fmt.Printf("%q %q %v\n", r.ID, r.Refused, err)
	}
	// Output:
	// mail closed not_sent
	// mail works accepted
	// "id of k" "" <nil>
	// text  refused
	// "" "no_provider" <nil>
}
