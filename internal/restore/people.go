package restore

import (
	"context"

	"tourbillon/internal/audit"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// message makes a notification's record: what was put off falls due again.
func (b *builder) message(ctx context.Context, id string, n booking.Notification) error {
	lines, index := record.NotificationPlace(n)
	return b.put(ctx, store.Key{Record: record.KindNotification, ID: id}, id, nil, leased[booking.Notification]{n}, lines, index)
}

// apart makes what is of no booking: messages to who watched departures, and
// the records of addresses.
func (b *builder) apart(ctx context.Context, books *audit.Books) error {
	for id, n := range books.Messages() {
		b.sum.Notifications++
		if err := b.message(ctx, id, n); err != nil {
			return err
		}
	}
	for id, r := range books.Readers() {
		b.sum.Customers++
		key := store.Key{Record: record.KindCustomer, ID: id}
		if err := b.put(ctx, key, "", r, nil, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
