package webhook

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/arrow"
)

// What may become of a delivery, or of one notice in it: outcomes are what
// Count is told.
const (
	Published = "published" // it led to events, and they are with the broker
	Confirmed = "confirmed" // a subscription was confirmed
	Duplicate = "duplicate" // it was taken before
	Ignored   = "ignored"   // a kind that leads to nothing
	Foreign   = "foreign"   // about a payment, a message or a person that is not ours
	Malformed = "malformed" // it cannot be read
	Forged    = "forged"    // its signature is none of the provider's
	Stale     = "stale"     // it was signed too long ago, or will be
	TooLarge  = "too_large"
	NotSetUp  = "not_set_up"
	Failed    = "failed" // our own trouble: it is to be sent again
)

// notice is one thing that a provider tells.
type notice struct {
	id      string // the provider's own: told again it is the same
	once    string // what the provider uses once, whatever comes with it, where the signature does not cover the id
	kind    string // the provider's word for it
	outcome string // what became of it
	say     say    // what it leads to; nil: nothing, and why is the outcome already
}

// say finds what there is to publish, or what becomes of a notice that leads to
// nothing. It may look at the outside, and be asked again.
type say func(context.Context) ([]events.Event, string, error)

// settle publishes what the notices lead to, then remembers them, and sets
// their outcomes. After an error all of it is to be done again.
func (d *desk) settle(ctx context.Context, provider string, all []notice) error {
	seen, err := d.seen(ctx, provider, keys(all)...)
	if err != nil {
		return err
	}
	var out []events.Event
	var done []string
	for i := range all {
		n := &all[i]
		switch {
		case n.remembered() && seen[byID(n)]:
			n.outcome = Duplicate
			continue
		case n.once != "" && seen[byOnce(n)]:
			return forged("its token came with another event before")
		case n.say != nil:
			var es []events.Event
			if es, n.outcome, err = n.say(ctx); err != nil {
				return err
			}
			out = append(out, es...)
		}
		if seen[byID(n)] = true; n.once != "" {
			done = append(done, byID(n), byOnce(n))
		} else if n.outcome == Published || n.outcome == Confirmed {
			done = append(done, byID(n))
		}
	}
	if len(out) > 0 {
		if err := d.Broker.Publish(ctx, out...); err != nil {
			return err
		}
	}
	return d.remember(ctx, provider, done...)
}

// remembered reports whether it may have been remembered: what leads to nothing
// is not, as it does no harm a second time.
func (n *notice) remembered() bool { return n.say != nil || n.once != "" }

func byID(n *notice) string   { return "id " + n.id }
func byOnce(n *notice) string { return "once " + n.once }

func keys(all []notice) (ks []string) {
	for i := range all {
		if n := &all[i]; n.remembered() {
			ks = append(ks, byID(n))
			if n.once != "" {
				ks = append(ks, byOnce(n))
			}
		}
	}
	return ks
}

// report writes the delivery's one line, and has it counted.
func (d *desk) report(ctx context.Context, p provider, notices []notice, err error) {
	at := []any{"provider", p.name}
	if err != nil {
		r := refused(err)
		d.count(p.name, r.outcome)
		at = append(at, "outcome", r.outcome)
		if r.outcome == Failed {
			at = append(at, "err", private(err))
		} else {
			at = append(at, "why", r.why)
		}
		d.Log.Log(ctx, slog.LevelWarn, "webhook", at...)
		return
	}
	var kinds, outcomes []string
	for _, n := range notices {
		d.count(p.name, n.outcome)
		kinds, outcomes = append(kinds, word(n.kind)), append(outcomes, n.outcome)
	}
	d.Log.Log(ctx, slog.LevelInfo, "webhook", append(at, "kind", list(kinds), "outcome", list(outcomes))...)
}

func (d *desk) count(provider, outcome string) {
	if d.Count != nil {
		d.Count(provider, outcome)
	}
}

// list names each of what there may be many of once.
func list(of []string) string {
	slices.Sort(of)
	return strings.Join(slices.Compact(of), ",")
}

var words = regexp.MustCompile(`^[A-Za-z_.]{1,64}$`)

// word is a provider's word as it may be logged: what is no word might be
// somebody's.
func word(kind string) string {
	if !words.MatchString(kind) {
		return "other"
	}
	return kind
}

var codes = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// code is a provider's code as facts may carry it. Its words are not: they
// quote addresses.
func code(s string) string {
	if !codes.MatchString(s) {
		return ""
	}
	return s
}

var ids = regexp.MustCompile(`^[!-~]{1,255}$`)

// event is what a provider tells, as the cause of what we say.
func event(id string) events.Event { return events.Event{ID: id} }

// us is who speaks here.
var us = events.Speaker{Function: "webhook"}

// trouble is whatever may be better next time.
func trouble(err error) error { return arrow.Again(err) }
