package arrow_test

import (
	"fmt"
	"testing"

	"tourbillon/events"
	"tourbillon/internal/arrow"
)

// BenchmarkServe takes one event through all layers, over records in memory:
// one that is new, and one that was answered before.
func BenchmarkServe(b *testing.B) {
	b.Run("first asking", func(b *testing.B) {
		serve := arrow.Serve("book", ports(), book)
		i := 0
		b.ReportAllocs()
		for b.Loop() {
			i++
			e := asks(events.BookingCreate)
			e.Data.ID = fmt.Sprintf("booking-%08d", i)
			if reply, err := serve(b.Context(), encoded(b, e)); err != nil || reply == nil {
				b.Fatal(reply, err)
			}
		}
	})
	b.Run("second asking", func(b *testing.B) {
		serve := arrow.Serve("book", ports(), book)
		ce := encoded(b, asks(events.BookingCreate))
		b.ReportAllocs()
		for b.Loop() {
			if reply, err := serve(b.Context(), ce); err != nil || reply == nil {
				b.Fatal(reply, err)
			}
		}
	})
}
