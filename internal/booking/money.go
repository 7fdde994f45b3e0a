package booking

import (
	"cmp"
	"fmt"
	"math"
)

// Money is an amount in the currency's minor units (cents for EUR, yen for
// JPY) with its ISO 4217 code. The zero value is no money in no currency.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// MaxSeats bounds the seats of one booking and MaxPrice one seat's price in
// minor units; their product cannot overflow.
const (
	MaxSeats = 1000
	MaxPrice = math.MaxInt64 / (MaxSeats * 100)
)

// Times returns the money n times over. It saturates at the largest amount
// instead of wrapping around; with n up to MaxSeats and amounts up to
// MaxPrice it never has to.
func (m Money) Times(n int) Money {
	if n <= 0 || m.Amount <= 0 {
		return Money{Currency: m.Currency}
	}
	if m.Amount > math.MaxInt64/int64(n) {
		return Money{Amount: math.MaxInt64, Currency: m.Currency}
	}
	return Money{Amount: m.Amount * int64(n), Currency: m.Currency}
}

// Percent returns p hundredths of the money, rounded down to a whole minor
// unit; p is taken as 0 below 0 and as 100 above 100.
func (m Money) Percent(p int) Money {
	p = min(max(p, 0), 100)
	whole, rest := m.Amount/100, m.Amount%100
	return Money{Amount: whole*int64(p) + rest*int64(p)/100, Currency: m.Currency}
}

// String writes the amount in minor units and the currency, as "9000 EUR".
func (m Money) String() string { return fmt.Sprintf("%d %s", m.Amount, m.Currency) }

// named returns the money with XXX, ISO 4217's code for no currency, where it
// has none yet: an undo may come before any price is known.
func (m Money) named() Money {
	m.Currency = cmp.Or(m.Currency, "XXX")
	return m
}
