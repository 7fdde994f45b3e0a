package record

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/parse"
	"tourbillon/internal/store"
)

// KindIntervention is the kind of record of an operator's wishes. Its id is the
// wish's.
const KindIntervention = "operator"

// Intervene keeps an operator's wish, and returns it as it was asked first,
// with the fact that says so, the same every time.
func Intervene(ctx context.Context, r *store.Records, wish string, with booking.Intervention, now time.Time) (booking.Intervention, events.Event, error) {
	var taken booking.Intervention
	err := r.Update(ctx, store.Key{Record: KindIntervention, ID: wish}, wish, func(row store.Row) (store.Change, error) {
		taken = booking.Intervention{}
		if len(row.Entry) > 0 {
			return store.Change{}, parse.JSON(row.Entry, &taken)
		}
		taken = taken.Intervene(with, now)
		raw, err := json.Marshal(taken)
		return store.Change{Entry: raw}, err
	})
	if err != nil {
		return taken, events.Event{}, fmt.Errorf("keep what an operator wishes: %w", err)
	}
	said := events.OperatorIntervened.As(taken.Booking, taken.Said).With(func(d *events.Data) {
		d.By, d.Deed, d.Who, d.Why = "operator", taken.Deed, taken.Who, taken.Why
		d.Recipient, d.Letter, d.Dropped = taken.Customer, taken.Letter, taken.Dropped
		d.Attempt = 0
	})
	speaker := events.Speaker{Function: "operator", Record: KindIntervention, ID: wish}
	return taken, said.Render(speaker, events.Event{ID: wish}), nil
}

// Intervened reads a wish that was taken before; false where it was not.
func Intervened(ctx context.Context, r *store.Records, wish string) (i booking.Intervention, taken bool, err error) {
	row, err := r.Read(ctx, store.Key{Record: KindIntervention, ID: wish}, wish)
	if err == nil && len(row.Entry) > 0 {
		err = parse.JSON(row.Entry, &i)
	}
	if err != nil {
		return i, false, fmt.Errorf("read what an operator wished: %w", err)
	}
	return i, i.Said != nil, nil
}
