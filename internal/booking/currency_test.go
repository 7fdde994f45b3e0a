package booking

import "testing"

func TestDigits(t *testing.T) {
	for currency, want := range map[string]int{"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4, "RSD": 2, "HUF": 2, "IQD": 3, "MRU": 2} {
		if n, ok := Digits(currency); n != want || !ok {
			t.Errorf("%s has %d decimals, %v; want %d", currency, n, ok, want)
		}
	}
	for _, currency := range []string{"", "XXX", "XTS", "XAU", "DEM", "eur", "EURO"} {
		if n, ok := Digits(currency); ok {
			t.Errorf("%q is in use, with %d decimals", currency, n)
		}
	}
}
