package stripe

import (
	"math"
	"strings"

	"tourbillon/internal/booking"
)

// Stripe's currencies are ISO 4217's, with these exceptions
// (docs.stripe.com/currencies). HUF and TWD have rules for payouts only.
var (
	// whole have no minor unit by ISO 4217, and are written with two digits,
	// which must be 00.
	whole = map[string]bool{"ISK": true, "UGX": true}
	// undivided are written without their minor unit, of which an amount must
	// have none.
	undivided = map[string]bool{"MGA": true}
	// thousandths have a third digit, which must be 0.
	thousandths = map[string]bool{"BHD": true, "JOD": true, "KWD": true, "OMR": true, "TND": true}
	// never are units of account without a minor unit, which Stripe would take
	// for ones with two.
	never = map[string]bool{"UYI": true}
)

// minor writes an amount as Stripe wants it. It is never rounded: ok is false
// for what Stripe cannot charge.
func minor(m booking.Money) (amount int64, ok bool) {
	digits, known := booking.Digits(m.Currency)
	switch {
	case !known, m.Amount <= 0, never[m.Currency]:
		return 0, false
	case whole[m.Currency]:
		return m.Amount * 100, m.Amount <= math.MaxInt64/100
	case undivided[m.Currency]:
		return m.Amount / 100, m.Amount%100 == 0
	case thousandths[m.Currency]:
		return m.Amount, m.Amount%10 == 0
	}
	return m.Amount, digits == 0 || digits == 2
}

// iso is an amount that Stripe writes in the currency's minor units.
func iso(amount int64, currency string) int64 {
	switch c := strings.ToUpper(currency); {
	case whole[c]:
		return amount / 100
	case undivided[c]:
		return amount * 100
	}
	return amount
}

// currency writes a currency as Stripe does.
func currency(m booking.Money) string { return strings.ToLower(m.Currency) }
