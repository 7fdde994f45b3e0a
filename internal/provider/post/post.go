package post

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/record"
)

// NoProvider is why a message of a channel that nobody serves is refused.
const NoProvider = "no_provider"

// Provider is one who sends messages.
type Provider struct {
	Name     string          // told in logs and metrics; who serves two channels has one name
	Messages record.Messages // behind a breaker of its own
	Limit    Limiter         // nil: it may be asked at any time
	Keyed    bool            // it sends the same key once, so that it is asked again whatever the category
}

// Settings are who sends what. Channels must be set.
type Settings struct {
	Channels map[string][]Provider                   // by channel, the first choice first
	Log      *slog.Logger                            // nil: [slog.Default]
	Count    func(channel, provider, outcome string) // hears what came of each; nil: nobody counts
}

// The outcomes that are counted and logged.
const (
	Accepted = "accepted"
	Refused  = "refused"
	NotSent  = "not_sent"
	Unknown  = "unknown"
	Taken    = "taken" // unknown, and taken for sent
)

// Post sends messages. Make it with [New]. Safe for concurrent use.
type Post struct {
	channels map[string][]Provider
	log      *slog.Logger
	count    func(channel, provider, outcome string)
	rests    rests
}

// New returns a post of these settings.
func New(s Settings) *Post {
	p := &Post{channels: s.Channels, log: s.Log, count: s.Count, rests: rests{until: map[string]time.Time{}}}
	if p.log == nil {
		p.log = slog.Default()
	}
	if p.count == nil {
		p.count = func(string, string, string) {}
	}
	return p
}

// round is one message's way along its providers.
type round struct {
	*Post
	m       record.Message
	notSent []error
	unknown error // the first
}

// Send implements [record.Messages]. The receipt of a message that is taken for
// sent says so.
func (p *Post) Send(ctx context.Context, m record.Message) (booking.Receipt, error) {
	all := p.channels[m.Channel]
	if len(all) == 0 {
		p.tell(ctx, slog.LevelInfo, m, "", Refused)
		return booking.Receipt{Refused: NoProvider}, nil
	}
	r := round{Post: p, m: m}
	for _, to := range all {
		receipt, done, err := r.try(ctx, to)
		if done {
			return receipt, err
		}
		if ctx.Err() != nil {
			break // nobody else would be asked
		}
	}
	return r.end()
}

// try asks one provider, and reports whether that is all there is to do.
func (r *round) try(ctx context.Context, to Provider) (receipt booking.Receipt, done bool, err error) {
	receipt, err = r.ask(ctx, to)
	no, again := new(outcome.NotSentError), new(arrow.AgainError)
	switch {
	case err == nil && receipt.Refused != "":
		r.tell(ctx, slog.LevelInfo, r.m, to.Name, Refused, r.trouble("code", receipt.Refused)...)
		return receipt, true, nil
	case err == nil:
		r.tell(ctx, slog.LevelInfo, r.m, to.Name, Accepted, r.trouble("id", receipt.ID)...)
		return receipt, true, nil
	case errors.As(err, &no):
		if !errors.As(err, &again) { // an open breaker, which knows itself when
			r.rests.rest(to.Name, no.After)
		}
		r.count(r.m.Channel, to.Name, NotSent)
		r.notSent = append(r.notSent, err)
		return receipt, false, nil
	case errors.As(err, &again):
		r.rests.rest(to.Name, again.After)
	}
	rule := r.m.Category.Rule()
	if to.Keyed || !rule.Critical && rule.Errs == booking.ErrAgain {
		r.count(r.m.Channel, to.Name, Unknown)
		if err = r.perhaps(err); to.Keyed {
			err = harmlessError{err}
		}
		return receipt, true, err
	}
	if !rule.Critical {
		r.tell(ctx, slog.LevelWarn, r.m, to.Name, Taken, r.trouble("err", err)...)
		return booking.Receipt{Unconfirmed: true}, true, nil
	}
	r.count(r.m.Channel, to.Name, Unknown)
	if r.unknown == nil {
		r.unknown = err
	}
	return receipt, false, nil
}

// harmlessError is of a provider that knows its keys: it may have sent, and is asked
// again without harm.
type harmlessError struct{ error }

// Unsent marks it as [record.Unsent].
func (harmlessError) Unsent() {}

// Unwrap returns the cause.
func (e harmlessError) Unwrap() error { return e.error }

// ask has a provider send the message, unless it is not to be asked now.
func (r *round) ask(ctx context.Context, to Provider) (booking.Receipt, error) {
	if left := r.rests.left(to.Name); left > 0 {
		return booking.Receipt{}, held(to.Name, "it asked us to wait", left)
	}
	if to.Limit != nil {
		// A limiter that does not answer stops no message: the provider has one
		// of its own.
		if wait, err := to.Limit.Take(ctx); err == nil && wait > 0 {
			return booking.Receipt{}, held(to.Name, "its turns are used up", wait)
		}
	}
	return to.Messages.Send(ctx, r.m)
}

// end is the error of a message that nobody took.
func (r *round) end() (booking.Receipt, error) {
	if r.unknown != nil {
		return booking.Receipt{}, r.perhaps(r.unknown)
	}
	return booking.Receipt{}, &arrow.AgainError{
		Err: fmt.Errorf("send by %s: nobody has: %w", r.m.Channel, several(r.notSent)), After: r.after(),
	}
}

func (r *round) perhaps(err error) error {
	return fmt.Errorf("send by %s: it may have been sent: %w", r.m.Channel, err)
}

// after is when the first of those who have not sent it may be asked again.
func (r *round) after() time.Duration {
	first := time.Duration(-1)
	for _, err := range r.notSent {
		no := new(outcome.NotSentError)
		if errors.As(err, &no) && (first < 0 || no.After < first) {
			first = no.After
		}
	}
	return max(0, first)
}
