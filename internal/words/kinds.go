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

// kinds are all, by name: those that [booking.Templates] has.
var kinds = func() (all []kind) {
	accents := map[string]string{
		"booking.cancelled": red, "booking.confirmed": green, "booking.expired": amber, "booking.rejected": red,
		"payment.refund.failed": amber, "payment.refunded": green, "payment.succeeded": green,
		"tour.availability.back": blue, "tour.availability.low": blue,
		"tour.departure.cancelled": red, "tour.departure.changed": amber,
	}
	for _, name := range booking.Templates() {
		all = append(all, kind{name, booking.CategoryOf(name), accents[name]})
	}
	return all
}()

func kindOf(template string) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == template })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}
