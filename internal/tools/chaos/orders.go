//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// order is one customer: what is asked for, and what came of it.
type order struct {
	n         int
	key       string // Idempotency-Key, or the event's id
	event     bool   // asked for as a CloudEvent
	flow      string
	token     string
	departure *departure
	seats     int
	at        time.Duration // when it is asked for
	cancel    time.Duration // after it was accepted; 0: never
	twice     time.Duration // after it was accepted, asked for once more; 0: never

	id        string
	asks      int
	cancelled bool     // the wish was taken on
	wrong     []string // what an asker must never see
}

// departure is one of a round's. Their cancellation tiers are weeks away from
// the time of the round, so that it never matters when in a round a customer
// cancels.
type departure struct {
	ID       string `json:"id"`
	TourID   string `json:"tourId"`
	StartsAt string `json:"startsAt"`
	TimeZone string `json:"timeZone"`
	Capacity int    `json:"capacity"`
	Price    money  `json:"price"`
	Policy   []tier `json:"policy,omitempty"`

	back   int64         // percent of the price that who cancels gets back
	scarce bool          // more is asked for than there is
	doomed time.Duration // when the operator cancels it; 0: never
}

type money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

type tier struct {
	HoursBefore int `json:"hoursBefore"`
	Percent     int `json:"percent"`
}

const tourID = "chaos"

// departures are those of a round: three with more seats than anybody wants,
// which give back all, half and nothing; scarce ones; and one that the operator
// cancels on the way.
func departures(round, bookings int, now time.Time, span time.Duration) []*departure {
	open := func(name string, capacity int, price int64, back int64) *departure {
		d := &departure{
			ID: fmt.Sprintf("chaos-%d-%s", round, name), TourID: tourID, TimeZone: "Europe/Paris", Capacity: capacity,
			StartsAt: now.AddDate(0, 0, 60).Truncate(time.Hour).Format(time.RFC3339), Price: money{price, "EUR"}, back: back,
		}
		d.Policy = []tier{{HoursBefore: 24 * 30, Percent: int(back)}}
		return d
	}
	scarce, other := open("last", max(10, bookings/40), 2300, 100), open("few", max(6, bookings/80), 9900, 50)
	scarce.scarce, other.scarce = true, true
	doomed := open("doomed", 100_000, 1999, 0)
	doomed.doomed = span * 6 / 10
	return []*departure{
		open("all-back", 100_000, 4500, 100), open("half-back", 100_000, 3333, 50), open("none-back", 100_000, 700, 0),
		scarce, other, doomed,
	}
}

// weights say how often something is chosen.
type weights []struct {
	of int
	is string
}

func (w weights) pick(dice *rand.Rand) string {
	sum := 0
	for _, c := range w {
		sum += c.of
	}
	at := dice.IntN(sum)
	for _, c := range w {
		if at -= c.of; at < 0 {
			return c.is
		}
	}
	return ""
}

var cards = weights{
	{30, "tok_visa"}, {8, "tok_declined"}, {4, "tok_insufficient_funds"}, {14, "tok_try_again"}, {14, "tok_timeout"},
	{8, "tok_flaky"}, {3, "tok_slow"}, {3, "tok_slow_create"}, {8, "tok_async"}, {4, "tok_async_fails"}, {9, "tok_refund_fails"},
}

// regret is how long after a booking was accepted its customer cancels: while
// it is charged, or any time later.
func regret(dice *rand.Rand) time.Duration {
	if dice.IntN(2) == 0 {
		return 1 + time.Duration(dice.Int64N(int64(400*time.Millisecond)))
	}
	return 1 + time.Duration(dice.ExpFloat64()*float64(5*time.Second))
}

// orders are those of a round, spread over a time. Two that follow one another
// ask for the same in either flow, so that both flows can be compared.
func orders(dice *rand.Rand, round, n int, ds []*departure, span time.Duration) []*order {
	// Of a hundred: the first three share what the others leave.
	places := weights{{26, "0"}, {22, "1"}, {22, "2"}, {12, "3"}, {12, "4"}, {6, "5"}}
	var all []*order
	for i := range n {
		o := &order{n: i, flow: "orchestration", at: span * time.Duration(i) / time.Duration(n)}
		if i%2 == 1 {
			twin := all[i-1]
			o.flow, o.token, o.departure, o.seats, o.event, o.cancel = "choreography", twin.token, twin.departure, twin.seats, twin.event, twin.cancel
		} else {
			o.token, o.departure, o.seats = cards.pick(dice), ds[places.pick(dice)[0]-'0'], 1+dice.IntN(3)
			o.event = dice.IntN(100) < 15
			if dice.IntN(100) < 30 {
				o.cancel = regret(dice)
			}
		}
		if dice.IntN(100) < 20 {
			o.twice = 1 + time.Duration(dice.ExpFloat64()*float64(5*time.Second))
		}
		o.key = fmt.Sprintf("chaos-%d-%d-%x", round, i, dice.Uint64())
		all = append(all, o)
	}
	return all
}
