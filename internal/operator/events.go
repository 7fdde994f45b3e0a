package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/web"
)

// The bounds of looking for something in the history: events looked at for one
// request, and at a time.
const (
	mostSeen = 20_000
	chunk    = 1_000
)

// Events lets operators read the history, and look at dead letters, replay and
// drop them.
func (d Desk) Events() http.Handler { return d.serve(d.events()) }

func (d Desk) events() []route {
	return []route{
		{"GET", "/events", d.listEvents},
		{"GET", "/events/{id}", d.showEvent},
		{"GET", "/dead-letters", d.listLetters},
		{"GET", "/dead-letters/{broker}/{letter}", d.showLetter},
		{"POST", "/dead-letters/{broker}/{letter}/replay", d.replay},
		{"POST", "/dead-letters/{broker}/{letter}/drop", d.drop},
	}
}

// eventList is a page of the history. Next is absent where there is no more so
// far; Resume is where what comes later begins, for who follows the history.
type eventList struct {
	Events []json.RawMessage `json:"events"`
	Next   string            `json:"next,omitempty"`
	Resume string            `json:"resume,omitempty"`
}

func (d Desk) listEvents(w http.ResponseWriter, r *http.Request) error {
	cursor, limit, wrong := web.Page(r)
	if wrong != nil {
		return *wrong
	}
	wants, err := wantedEvents(r.URL.Query())
	if err != nil {
		return err
	}
	found, err := d.look(r.Context(), cursor, limit, wants)
	if err != nil {
		return err
	}
	list := eventList{Events: []json.RawMessage{}, Resume: found.cursor}
	for _, ce := range found.events {
		list.Events = append(list.Events, show(ce))
	}
	if found.more {
		list.Next = found.cursor
	}
	web.JSON(w, http.StatusOK, list)
	return nil
}

// wantedEvents are those that a list's query asks for; nil is all.
func wantedEvents(q url.Values) (func(event.Event) bool, error) {
	booking, filter := q.Get("booking"), events.Filter{}
	if kind := q.Get("kind"); kind != "" {
		if kind != string(events.Fact) && kind != string(events.Command) {
			return nil, bad("kind", fmt.Sprintf("write %s or %s", events.Fact, events.Command))
		}
		filter["kind"] = kind
	}
	if name := q.Get("name"); name != "" {
		if _, ok := events.Lookup(events.Name(name)); !ok {
			return nil, bad("name", "write a name of the vocabulary, as booking.confirmed")
		}
		filter["name"] = name
	}
	if booking == "" && len(filter) == 0 {
		return nil, nil
	}
	return func(ce event.Event) bool {
		return filter.Matches(ce) && (booking == "" || ce.Subject() == booking || correlation(ce) == booking)
	}, nil
}

func correlation(ce event.Event) string {
	id, _ := events.Attribute(ce, "correlationid")
	return id
}

// found is what was looked for, the cursor of what was not looked at yet, and
// whether there is any of that.
type found struct {
	events []event.Event
	cursor string
	more   bool
}

// look reads the history from cursor on, until it has limit events that are
// wanted, or has seen as many as one request may.
func (d Desk) look(ctx context.Context, cursor string, limit int, wants func(event.Event) bool) (found, error) {
	f := found{cursor: cursor, more: true}
	for seen := 0; seen < mostSeen && len(f.events) < limit; {
		most := min(chunk, mostSeen-seen)
		if wants == nil {
			most = limit - len(f.events)
		}
		ces, next, err := d.History.Read(ctx, f.cursor, most)
		if err != nil {
			return f, unread(err)
		}
		if len(ces) == 0 {
			f.cursor, f.more = next, false
			return f, nil
		}
		n := f.take(ces, limit, wants)
		if n < len(ces) { // there is no cursor between two events but by reading up to it
			if _, next, err = d.History.Read(ctx, f.cursor, n); err != nil {
				return f, unread(err)
			}
		}
		f.cursor, seen = next, seen+n
	}
	return f, nil
}

// take takes the events that are wanted, up to limit, and returns how many it
// looked at.
func (f *found) take(ces []event.Event, limit int, wants func(event.Event) bool) int {
	for i, ce := range ces {
		if wants == nil || wants(ce) {
			f.events = append(f.events, ce)
		}
		if len(f.events) == limit {
			return i + 1
		}
	}
	return len(ces)
}

func unread(err error) error { return arrow.Again(fmt.Errorf("read history: %w", err)) }

// showEvent looks for one event. Where the history is longer than one request
// may look at, the answer links to where to go on.
func (d Desk) showEvent(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	f, err := d.look(r.Context(), r.URL.Query().Get("cursor"), 1, func(ce event.Event) bool { return ce.ID() == id })
	switch {
	case err != nil:
		return err
	case len(f.events) > 0:
		web.JSON(w, http.StatusOK, show(f.events[0]))
		return nil
	case f.more:
		w.Header().Set("Link", "<"+r.URL.EscapedPath()+"?"+url.Values{"cursor": {f.cursor}}.Encode()+`>; rel="next"`)
		return notFound("No event of the part that was looked at has this id. The header Link says where to go on.")
	}
	return notFound("No event that is kept has this id.")
}
