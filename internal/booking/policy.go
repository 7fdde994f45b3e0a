package booking

import "time"

// Policy is a cancellation policy: what a customer who cancels gets back, by
// the time left until the departure. It is kept with the booking as bought,
// so that a later change of the departure's policy does not reach back.
// The empty policy gives everything back until the departure.
type Policy []Tier

// Tier gives Percent of the price back to who cancels at least HoursBefore
// hours before the departure.
type Tier struct {
	HoursBefore int `json:"hoursBefore"`
	Percent     int `json:"percent"`
}

// Refund returns what a cancellation at now gives back of price: the best
// tier that is still open, nothing once the departure has left.
func (p Policy) Refund(price Money, startsAt, now time.Time) Money {
	left := startsAt.Sub(now)
	if left <= 0 {
		return price.Percent(0)
	}
	if len(p) == 0 {
		return price
	}
	best := 0
	for _, t := range p {
		if left/time.Hour >= time.Duration(t.HoursBefore) { // the other way round overflows
			best = max(best, t.Percent)
		}
	}
	return price.Percent(best)
}
