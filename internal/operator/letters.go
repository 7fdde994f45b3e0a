package operator

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

// deadLetter is a dead letter and the broker that keeps it.
type deadLetter struct {
	broker string
	events.DeadLetter
}

// name is what operators call the letter: its broker, and the broker's name
// for it.
func (l deadLetter) name() string { return l.broker + "/" + l.ID }

// letterLine is a dead letter as a list shows it.
type letterLine struct {
	Letter   string          `json:"letter"`
	Event    json.RawMessage `json:"event"`
	Trigger  string          `json:"trigger,omitempty"`  // absent: no Trigger wanted it
	Function string          `json:"function,omitempty"` // that the Trigger brings it to, or that it is addressed to
	Reason   string          `json:"reason"`
	Tries    int             `json:"tries"` // deliveries
	At       time.Time       `json:"at"`
}

func (d Desk) lineOf(l deadLetter) letterLine {
	line := letterLine{
		Letter: l.name(), Event: show(l.Event), Trigger: l.Subscription, Function: d.function(l),
		Reason: hide(l.Reason).(string), Tries: l.Tries + 1, At: l.At,
	}
	if l.Subscription == "" {
		line.Tries = 0
	}
	return line
}

// function is the one that the letter's Trigger brings events to; or, of a
// command that no Trigger wanted, the one that it is addressed to. It is empty
// where that is no function here.
func (d Desk) function(l deadLetter) string {
	if l.Subscription != "" {
		return d.Triggers[l.Subscription]
	}
	to, _ := events.Attribute(l.Event, "to")
	if d.Functions[to] == nil {
		return ""
	}
	return to
}

// listLetters is the list that cursors of dead letters are of.
const listLetters = "dead-letters"

func (d Desk) listLetters(w http.ResponseWriter, r *http.Request) error {
	cursor, limit, wrong := web.Page(r)
	if wrong != nil {
		return *wrong
	}
	after, err := store.ParseCursor(listLetters, cursor)
	if err != nil {
		return err
	}
	wanted, err := d.wantedLetters(r.URL.Query())
	if err != nil {
		return err
	}
	all, err := d.deadLetters(r.Context())
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(l deadLetter) bool { return compare(placeOf(l), after) <= 0 || !wanted(l) })
	page := all[:min(limit, len(all))]
	lines, next := []letterLine{}, ""
	for _, l := range page {
		lines = append(lines, d.lineOf(l))
	}
	if len(page) < len(all) {
		next = placeOf(page[len(page)-1]).Cursor(listLetters)
	}
	web.JSON(w, http.StatusOK, struct {
		DeadLetters []letterLine `json:"deadLetters"`
		Next        string       `json:"next,omitempty"`
	}{lines, next})
	return nil
}

// deadLetters are those of all brokers, the oldest first.
func (d Desk) deadLetters(ctx context.Context) (all []deadLetter, err error) {
	for broker, from := range d.Letters {
		some, err := from.DeadLetters(ctx)
		if err != nil {
			return nil, arrow.Again(fmt.Errorf("list dead letters: %w", err))
		}
		for _, l := range some {
			all = append(all, deadLetter{broker, l})
		}
	}
	slices.SortStableFunc(all, func(a, b deadLetter) int { return compare(placeOf(a), placeOf(b)) })
	return all, nil
}

// wantedLetters are those that a list's query asks for.
func (d Desk) wantedLetters(q url.Values) (func(deadLetter) bool, error) {
	since, older, err := span(q, d.Now())
	if err != nil {
		return nil, err
	}
	if b := q.Get("broker"); b != "" && d.Letters[b] == nil {
		return nil, bad("broker", "write one of "+strings.Join(slices.Sorted(maps.Keys(d.Letters)), ", "))
	}
	is := func(parameter, value string) bool { return q.Get(parameter) == "" || q.Get(parameter) == value }
	return func(l deadLetter) bool {
		switch {
		case !is("broker", l.broker), !is("trigger", l.Subscription), !is("name", nameOf(l.Event)):
			return false
		case !is("booking", bookingOf(l.Event)), !is("function", d.function(l)):
			return false
		}
		return !l.At.Before(since) && (older.IsZero() || l.At.Before(older))
	}, nil
}

// nameOf is an event's short name, by its type, or else by what it says of
// itself.
func nameOf(ce event.Event) string {
	if name, _, err := events.ParseType(ce.Type()); err == nil {
		return string(name)
	}
	name, _ := events.Attribute(ce, "name")
	return name
}

// bookingOf is the booking that an event is of, as far as it says.
func bookingOf(ce event.Event) string { return cmp.Or(correlation(ce), ce.Subject()) }

// placeOf is where a letter stands among all, the oldest first.
func placeOf(l deadLetter) store.Place {
	return store.Place{Score: l.At.UnixMicro(), Name: l.name()}
}

func compare(a, b store.Place) int {
	return cmp.Or(cmp.Compare(a.Score, b.Score), cmp.Compare(a.Name, b.Name))
}
