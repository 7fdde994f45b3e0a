// Package charge takes the money for a booking, and looks at the provider to
// say what is true of it. What happens next is one pure function of the
// payment's record, the wish and the provider's word: see [booking.Payment.Next].
package charge

import (
	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Function is the arrow over payments, which acts through the provider.
func Function(r *store.Records, with record.Payments) arrow.Function {
	return record.Payment("charge", r, with,
		events.PaymentCharge,  // orchestrated
		events.BookingCreated, // choreographed
		events.PaymentSettle)
}
