package booking_test

import (
	"math"
	"testing"
	"time"

	"tourbillon/internal/booking"
)

func TestPolicy_Refund(t *testing.T) {
	tiers := booking.Policy{{HoursBefore: 24, Percent: 50}, {HoursBefore: 48, Percent: 100}} // in no order
	odd := booking.Policy{{HoursBefore: 48, Percent: 20}, {HoursBefore: 24, Percent: 80}}    // worse when earlier
	for _, c := range []struct {
		says   string
		policy booking.Policy
		left   time.Duration
		want   int64
	}{
		{"two days before, all of it", tiers, 48 * time.Hour, 999},
		{"a moment less, half, rounded down", tiers, 48*time.Hour - 1, 499},
		{"a day before, half", tiers, 24 * time.Hour, 499},
		{"a moment less, nothing", tiers, 24*time.Hour - 1, 0},
		{"at the departure, nothing", tiers, 0, 0},
		{"after it, nothing", tiers, -time.Hour, 0},
		{"without a policy, all of it until it leaves", nil, 1, 999},
		{"without a policy, nothing once it leaves", nil, 0, 0},
		{"the best open tier counts, not the earliest", odd, 50 * time.Hour, 799},
		{"a tier at no hours lasts until it leaves", booking.Policy{{Percent: 30}}, 1, 299},
		{"a tier at no hours ends when it leaves", booking.Policy{{Percent: 30}}, 0, 0},
		{"more than all is all", booking.Policy{{Percent: 300}}, time.Hour, 999},
		{"less than nothing is nothing", booking.Policy{{Percent: -5}}, time.Hour, 0},
		{"a tier longer than time itself is never open", booking.Policy{{HoursBefore: 3_000_000, Percent: 100}}, time.Hour, 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			same(t, c.policy.Refund(eur(999), leaves, leaves.Add(-c.left)), eur(c.want))
		})
	}
}

func TestMoney_Times(t *testing.T) {
	const most = math.MaxInt64
	for _, c := range []struct {
		says string
		of   int64
		n    int
		want int64
	}{
		{"three times is three times", 4500, 3, 13500},
		{"no times is nothing", 4500, 0, 0},
		{"fewer than no times is nothing", 4500, -2, 0},
		{"nothing stays nothing", 0, 3, 0},
		{"a debt is not multiplied", -5, 3, 0},
		{"the most there may be fits, with room for percent", booking.MaxPrice, booking.MaxSeats, booking.MaxPrice * booking.MaxSeats},
		{"what fits exactly fits", most / 2, 2, most - 1},
		{"what does not fit saturates", most/2 + 1, 2, most},
		{"the largest saturates", most, math.MaxInt32, most},
	} {
		t.Run(c.says, func(t *testing.T) { same(t, eur(c.of).Times(c.n), eur(c.want)) })
	}
}

func TestMoney_Percent(t *testing.T) {
	for _, c := range []struct {
		says string
		of   int64
		p    int
		want int64
	}{
		{"half of it", 9000, 50, 4500},
		{"all of it", 9999, 100, 9999},
		{"none of it", 9999, 0, 0},
		{"rounded down", 199, 50, 99},
		{"less than one unit is none", 1, 99, 0},
		{"below 0 is 0", 9000, -1, 0},
		{"above 100 is 100", 9000, 101, 9000},
		{"the largest does not wrap around", math.MaxInt64, 100, math.MaxInt64},
		{"nor does nearly all of it", math.MaxInt64, 99, 9131138316486228048},
	} {
		t.Run(c.says, func(t *testing.T) { same(t, eur(c.of).Percent(c.p), eur(c.want)) })
	}
}

func TestMoney_String(t *testing.T) {
	same(t, eur(9000).String(), "9000 EUR")
}
