package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/rehearsal"
	"tourbillon/internal/store"
)

// trial is what a function would do about an event now.
type trial struct {
	Verdict   string            `json:"verdict"`             // said, silent, busy, again, never; or untried
	Why       string            `json:"why"`                 // in words
	Answer    json.RawMessage   `json:"answer,omitempty"`    // redacted
	Publishes []json.RawMessage `json:"publishes,omitempty"` // redacted
	Calls     []call            `json:"calls,omitempty"`     // of the payment provider

	said events.Name // the answer's
	anew bool        // it was never said before
}

// The verdicts are those of metrics, and one for what is not tried.
const untried = "untried"

// try gives a letter's event to its function, dry: nothing is written, said,
// paid or sent.
func (d Desk) try(ctx context.Context, l deadLetter) trial {
	function := d.function(l)
	if function == "" {
		return trial{Verdict: untried, Why: d.nowhere(l)}
	}
	return d.tryAt(ctx, function, l.Event)
}

// tryAt gives an event to a function, dry.
func (d Desk) tryAt(ctx context.Context, function string, ce event.Event) trial {
	play, err := d.Stage.Try(ctx, function, ce)
	if err != nil {
		return failed(function, err)
	}
	t := trial{Verdict: "silent", Calls: callsOf(play), Why: function + " would take it and answer nothing: replay it"}
	for _, s := range play.Scenes {
		t.Publishes = append(t.Publishes, shown(s.Event))
		t.Why = fmt.Sprintf("%s would publish %d events: replay it", function, len(play.Scenes))
	}
	if a := play.Answer; a != nil {
		t.Verdict, t.Answer, t.said, t.anew = "said", shown(a.Event), a.Event.Name, !a.Again
		t.Why = fmt.Sprintf("%s would answer %s: replay it", function, a.Event.Name)
		if a.Again {
			t.Why = fmt.Sprintf("%s would answer %s, as it did before: replay it, or drop it", function, a.Event.Name)
		}
	}
	return t
}

// shown is one of our own events as it is shown.
func shown(e events.Event) json.RawMessage {
	ce, err := events.Encode(e)
	if err != nil {
		panic(err) // it was said, and so encoded before
	}
	return show(ce)
}

// nowhere says why a letter is not tried.
func (d Desk) nowhere(l deadLetter) string {
	to, addressed := events.Attribute(l.Event, "to")
	switch {
	case l.Subscription != "":
		return "Trigger " + l.Subscription + " brings events to no function of this system, so there is nothing to try"
	case addressed && to != "":
		return "it is addressed to a function that this system does not have"
	}
	return "no Trigger wants it, and it is addressed to nobody"
}

// failed is a trial that ended in an error. It quotes an error only where that
// is known to hold nobody's data.
func failed(function string, err error) trial {
	var schema *events.SchemaError
	code, _ := arrow.Status(err)
	t := trial{Verdict: "never", Why: "a mistake of ours, which the function's log says more of"}
	switch {
	case reading(err):
		t.Verdict, t.Why = "again", "the store cannot be read now: ask again"
	case errors.Is(err, store.ErrLeased):
		t.Verdict, t.Why = "busy", function+" is at this record right now: look again in a moment"
	case errors.As(err, &schema):
		t.Why = "its data breaks its schema and will not be taken as it is: " + hide(schema.Error()).(string)
	case errors.Is(err, events.ErrUnknown):
		t.Why = "its type is not of the vocabulary, or of a version newer than this build's"
	case errors.Is(err, arrow.ErrUnroutable):
		t.Why = function + " does not take this event"
	case errors.Is(err, events.ErrNothingSaid):
		t.Verdict, t.Why = "again", "the record does not know what this builds on: no such booking, or what comes before it was never done"
	case code == 503:
		t.Verdict, t.Why = "again", "something that "+function+" needs is down now"
	}
	return t
}

// call is what the payment provider would be asked for.
type call struct {
	Verb   string `json:"verb"`
	Amount any    `json:"amount"`
}

func callsOf(p rehearsal.Play) (all []call) {
	for _, c := range p.Calls {
		all = append(all, call{string(c.Verb), c.Amount})
	}
	return all
}
