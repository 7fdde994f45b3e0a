package functions

import (
	"tourbillon/functions/announce"
	"tourbillon/functions/audit"
	"tourbillon/functions/availability"
	"tourbillon/functions/book"
	"tourbillon/functions/catalog"
	"tourbillon/functions/charge"
	"tourbillon/functions/clock"
	"tourbillon/functions/compensate"
	"tourbillon/functions/customer"
	"tourbillon/functions/fanout"
	"tourbillon/functions/notify"
	"tourbillon/functions/request"
	"tourbillon/functions/reserve"
	keeper "tourbillon/functions/saga"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/words"
	"tourbillon/saga"
)

// Wiring is what the functions are given by whoever runs them.
type Wiring struct {
	arrow.Ports
	Sink     func(function string) arrow.Sink // where a source publishes to
	Payments record.Payments
	Messages record.Messages
	Words    *words.Words                                            // nil: the embedded ones
	Turns    notify.Turns                                            // nil: a customer may be told as often as there is something to tell
	Links    func(customerID string, c booking.Category) words.Links // nil: messages lead nowhere
	Page     func(bookingID string) string                           // where a booking is looked at; nil: nowhere
	Plans    saga.Plans
	Request  request.Settings
	Violated func(rule string) // told of every rule that audit sees broken; nil: nobody counts
}

// All binds every function to its ports: by name, which is its address.
func All(w Wiring) map[string]arrow.Receiver {
	all := map[string][]arrow.Function{
		"request": {request.Function(w.Request)},
		"reserve": {reserve.Function()},
		"book":    {book.Function()},
		"charge":  {charge.Function(w.Records, w.Payments)},
		"notify": {notify.Function(notify.Settings{
			Records: w.Records, Words: w.Words, Messages: w.Messages, Turns: w.Turns, Now: w.Now, Links: w.Links, Page: w.Page,
			PhoneID: w.Request.PhoneID,
		})},
		"compensate":   compensate.Functions(w.Records, w.Payments),
		"catalog":      catalog.Functions(),
		"availability": {availability.Function()},
		"saga":         {keeper.Function(w.Plans)},
		"announce":     {announce.Function(announce.Settings{Records: w.Records, Sink: w.Sink("announce"), PhoneID: w.Request.PhoneID})},
		"customer":     {customer.Function()},
		"fanout":       {fanout.Function(w.Records, w.Sink("fanout"))},
		"audit":        {audit.Function(w.Violated)},
		"clock":        {clock.Function(w.Records, w.Sink("clock"))},
	}
	bound := make(map[string]arrow.Receiver, len(all))
	for name, fs := range all {
		bound[name] = arrow.Serve(name, w.Ports, fs...)
	}
	return bound
}
