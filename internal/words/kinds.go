package words

import (
	"slices"

	"tourbillon/internal/booking"
)

// kind is one message that can be said.
type kind struct {
	name     string // of what happened, and of its files
	category booking.Category
	accent   string // the colour of its mail
}

// The colours of a mail: white is readable on each of them.
const (
	green = "#0b7a5b"
	blue  = "#1d5fa8"
	amber = "#a85408"
	red   = "#b3261e"
)

// kinds are all, by name. Those of payments and departures hang on the fact
// that they are named for. No fact is named tour.availability.back: a
// watcher is told so when seats come back to a departure that had none.
var kinds = []kind{
	{"booking.cancelled", booking.CategoryEnding, red},
	{"booking.confirmed", booking.CategoryEnding, green},
	{"booking.expired", booking.CategoryEnding, amber},
	{"booking.rejected", booking.CategoryEnding, red},
	{"payment.refund.failed", booking.CategoryReceipt, amber},
	{"payment.refunded", booking.CategoryReceipt, green},
	{"payment.succeeded", booking.CategoryReceipt, green},
	{"tour.availability.back", booking.CategoryInterest, blue},
	{"tour.availability.low", booking.CategoryInterest, blue},
	{"tour.departure.cancelled", booking.CategoryChange, red},
	{"tour.departure.changed", booking.CategoryChange, amber},
}

func kindOf(template string) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == template })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}
