package operator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

// noLetter is a letter that is not there.
var noLetter = notFound("No dead letter has this name. It may have been replayed or dropped, or be older than 30 days: " +
	"GET /dead-letters lists those there are.")

// letter finds the letter that a path names.
func (d Desk) letter(r *http.Request) (deadLetter, error) {
	from, ok := d.Letters[r.PathValue("broker")]
	if !ok {
		return deadLetter{}, noLetter
	}
	all, err := from.DeadLetters(r.Context())
	if err != nil {
		return deadLetter{}, arrow.Again(fmt.Errorf("list dead letters: %w", err))
	}
	i := slices.IndexFunc(all, func(l events.DeadLetter) bool { return l.ID == r.PathValue("letter") })
	if i < 0 {
		return deadLetter{}, noLetter
	}
	return deadLetter{r.PathValue("broker"), all[i]}, nil
}

func (d Desk) showLetter(w http.ResponseWriter, r *http.Request) error {
	l, err := d.letter(r)
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, struct {
		letterLine
		Dry trial `json:"dry"`
	}{d.lineOf(l), d.try(r.Context(), l)})
	return nil
}

// taken is what was done about a letter.
type taken struct {
	Letter string `json:"letter"`
	Event  string `json:"event"` // its id
}

// replay publishes the letter's event again, with its id and all that it was,
// to the broker that gave it up, and takes it off the list then. Every hearer
// hears it again, which the records make harmless.
func (d Desk) replay(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadNothing(w, r); err != nil {
		return err
	}
	l, err := d.letter(r)
	if err != nil {
		return err
	}
	if err := d.Letters[l.broker].Publish(r.Context(), unmarked(l.Event)); err != nil {
		return arrow.Again(fmt.Errorf("replay: %w", err))
	}
	if err := d.discard(r.Context(), l); err != nil {
		return err
	}
	d.Log.InfoContext(r.Context(), "operator replays", "letter", l.name(), "trigger", l.Subscription)
	web.JSON(w, http.StatusOK, taken{l.name(), l.Event.ID()})
	return nil
}

// discard takes a letter off the list; that it is off already is as good.
func (d Desk) discard(ctx context.Context, l deadLetter) error {
	if err := d.Letters[l.broker].Discard(ctx, l.ID); err != nil && !errors.Is(err, events.ErrNoLetter) {
		return arrow.Again(fmt.Errorf("discard a dead letter: %w", err))
	}
	return nil
}

// unmarked is the event as it was before it was given up.
func unmarked(ce event.Event) event.Event {
	ce = ce.Clone()
	for name := range ce.Extensions() {
		if strings.HasPrefix(name, "knativeerror") {
			ce.SetExtension(name, nil)
		}
	}
	return ce
}

// drop takes a letter off the list for good, and leaves who did it and why.
func (d Desk) drop(w http.ResponseWriter, r *http.Request) error {
	by, err := readSigned(w, r)
	if err != nil {
		return err
	}
	l, err := d.letter(r)
	if err != nil {
		return err
	}
	b, err := d.known(r.Context(), bookingOf(l.Event))
	if err != nil {
		return err
	}
	dropped, _, _ := events.ParseType(l.Event.Type())
	_, fact, err := record.Intervene(r.Context(), d.Records, events.EffectID("drop", l.name(), l.Event.Source(), l.Event.ID()), booking.Intervention{
		Deed: booking.DeedDrop, Who: by.Who, Why: by.Why, Booking: b, Letter: l.name(), Dropped: string(dropped),
	}, d.Now())
	if err != nil {
		return err
	}
	if err := d.publish(r.Context(), fact); err != nil {
		return err
	}
	if err := d.discard(r.Context(), l); err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, taken{l.name(), l.Event.ID()})
	return nil
}

// known is a booking as its keeper knows it; nothing where nobody does, for an
// id in an event that was given up may be anything.
func (d Desk) known(ctx context.Context, id string) (booking.Booking, error) {
	s, err := d.find(ctx, id)
	var p web.Problem
	switch {
	case errors.As(err, &p):
		return booking.Booking{}, nil
	case err != nil:
		return booking.Booking{}, err
	}
	return withStatus(s), nil
}

// reading reports whether an error is the store's, which is no answer to what
// was tried.
func reading(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
