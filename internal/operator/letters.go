package operator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

// letter is a dead letter as it is shown.
type letter struct {
	Event   json.RawMessage `json:"event"`
	Trigger string          `json:"trigger"`
	Reason  string          `json:"reason"`
	Tries   int             `json:"tries"`
	At      time.Time       `json:"at"`
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
	all, err := d.Letters.DeadLetters(r.Context())
	if err != nil {
		return arrow.Again(fmt.Errorf("list dead letters: %w", err))
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b events.DeadLetter) int { return compare(placeOf(a), placeOf(b)) })
	all = slices.DeleteFunc(all, func(l events.DeadLetter) bool { return compare(placeOf(l), after) <= 0 })
	page := all[:min(limit, len(all))]
	letters, next := []letter{}, ""
	for _, l := range page {
		letters = append(letters, letter{show(l.Event), l.Subscription, hide(l.Reason).(string), l.Tries, l.At})
	}
	if len(page) < len(all) {
		next = placeOf(page[len(page)-1]).Cursor(listLetters)
	}
	web.JSON(w, http.StatusOK, struct {
		DeadLetters []letter `json:"deadLetters"`
		Next        string   `json:"next,omitempty"`
	}{letters, next})
	return nil
}

// placeOf is where a letter stands among all, the oldest first.
func placeOf(l events.DeadLetter) store.Place {
	return store.Place{Score: l.At.UnixMicro(), Name: events.EffectID(l.Subscription, l.Event.Source(), l.Event.ID())}
}

func compare(a, b store.Place) int {
	return cmp.Or(cmp.Compare(a.Score, b.Score), cmp.Compare(a.Name, b.Name))
}
