package stripe

import (
	"math"
	"testing"

	"tourbillon/internal/booking"
)

func TestMinor_AsStripeWantsIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		amount int64
		in     string
		want   int64 // 0: cannot be charged
	}{
		{"two digits", 1234, "EUR", 1234},
		{"two digits, though none are paid out", 1045, "HUF", 1045},
		{"two digits, though none are paid out", 80045, "TWD", 80045},
		{"none", 500, "JPY", 500},
		{"none", 500, "KRW", 500},
		{"none, written with two", 5, "ISK", 500},
		{"none, written with two", 5, "UGX", 500},
		{"two that are written with none", 500, "MGA", 5},
		{"a fraction where none can be written", 501, "MGA", 0},
		{"three, the last of them 0", 5120, "KWD", 5120},
		{"three, the last of them 0", 10, "BHD", 10},
		{"a last digit where none can be charged", 5124, "KWD", 0},
		{"a last digit where none can be charged", 1, "TND", 0},
		{"three that Stripe has no rule for", 1000, "IQD", 0},
		{"four", 10000, "CLF", 0},
		{"a unit of account", 100, "UYI", 0},
		{"no currency", 100, "XXX", 0},
		{"not in capitals", 100, "eur", 0},
		{"nothing", 0, "EUR", 0},
		{"less than nothing", -1, "EUR", 0},
		{"more than can be written", math.MaxInt64, "ISK", 0},
		{"as much as can be written", math.MaxInt64 / 100, "ISK", math.MaxInt64 / 100 * 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := minor(booking.Money{Amount: c.amount, Currency: c.in})
			if ok != (c.want != 0) || ok && got != c.want {
				t.Errorf("%d %s: %d, %v, want %d", c.amount, c.in, got, ok, c.want)
			}
		})
	}
}

func TestPlain_LetsNoTextThrough(t *testing.T) {
	for in, want := range map[string]string{
		"insufficient_funds": "insufficient_funds", "req_1aB-c": "req_1aB-c", "": "",
		"Your card was declined.": "", "sk_test_1": "", "a_rk_live_1": "", "elevated_risk_level": "elevated_risk_level", "pi_1_secret_2": "", "a\nb": "",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
