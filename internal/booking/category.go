package booking

import (
	"maps"
	"slices"
)

// Category is what a message is for. It decides who may say no to it, and what
// is done when nobody knows whether it was sent.
type Category string

// The categories.
const (
	CategoryEnding   Category = "ending"   // how a booking ended: it is expected, and nobody may miss it
	CategoryChange   Category = "change"   // what was booked is another now
	CategoryReceipt  Category = "receipt"  // money that moved
	CategoryInterest Category = "interest" // seats that somebody watches
)

// Categories returns all of them.
func Categories() []Category {
	return []Category{CategoryEnding, CategoryChange, CategoryReceipt, CategoryInterest}
}

// The channels, by which a message reaches somebody.
const (
	ChannelMail = "mail"
	ChannelText = "text"
	ChannelPush = "push"
)

// Channels returns all of them.
func Channels() []string { return []string{ChannelMail, ChannelText, ChannelPush} }

// Err is which way is erred when a provider does not tell whether it has sent a
// message, and cannot be asked.
type Err string

// The two ways: a message too many, or one too few.
const (
	ErrAgain Err = "again" // it is sent again: it may come twice
	ErrOnce  Err = "once"  // it is taken for sent: it may not come
)

// Rule is what holds for a category.
type Rule struct {
	Critical bool // preferences and quiet hours do not hold it back
	Errs     Err
	Channels []string // those of who has chosen none
	PerHour  int      // how many one customer gets; what is above it waits
}

// The rates are there against what runs wild: a travel agency that books all day
// stays far below the first.
const (
	perHour         = 600
	interestPerHour = 12
)

var rules = map[Category]Rule{
	CategoryEnding:   {Critical: true, Errs: ErrAgain, Channels: []string{ChannelMail, ChannelPush}, PerHour: perHour},
	CategoryChange:   {Critical: true, Errs: ErrAgain, Channels: []string{ChannelMail, ChannelText, ChannelPush}, PerHour: perHour},
	CategoryReceipt:  {Errs: ErrAgain, Channels: []string{ChannelMail}, PerHour: perHour},
	CategoryInterest: {Errs: ErrOnce, Channels: []string{ChannelMail, ChannelPush}, PerHour: interestPerHour},
}

// Rule returns what holds for messages of the category; what is none is treated
// as interest.
func (c Category) Rule() Rule {
	if r, ok := rules[c]; ok {
		return r
	}
	return rules[CategoryInterest]
}

// templates are what there may be to tell, by the fact that it hangs on, and
// what each is for. Only who watches a departure is told that it is cancelled:
// for who has seats of it, that their booking is tells it.
var templates = map[string]Category{
	"booking.confirmed":        CategoryEnding,
	"booking.rejected":         CategoryEnding,
	"booking.cancelled":        CategoryEnding,
	"booking.expired":          CategoryEnding,
	"payment.succeeded":        CategoryReceipt,
	"payment.refunded":         CategoryReceipt,
	"payment.refund.failed":    CategoryReceipt,
	"tour.departure.changed":   CategoryChange,
	"tour.departure.cancelled": CategoryInterest,
	"tour.availability.low":    CategoryInterest,
	"tour.availability.back":   CategoryInterest,
}

// CategoryOf is what a template is for, or "".
func CategoryOf(template string) Category { return templates[template] }

// Templates returns the name of every template, in order.
func Templates() []string { return slices.Sorted(maps.Keys(templates)) }
