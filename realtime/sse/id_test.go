package sse

import (
	"slices"
	"testing"
)

func FuzzParseID(f *testing.F) {
	f.Add("8@first,-,3@a%2Cb", 3)
	f.Add("", 1)
	f.Add("18446744073709551616@x", 1)
	f.Fuzz(func(t *testing.T, id string, n int) {
		n = min(max(n, 1), 100)
		all := parseID(id, n)
		if len(all) != n {
			t.Fatalf("%d of %d topics", len(all), n)
		}
		text := string(appendSeen(nil, all))
		if again := parseID(text, n); len(text) <= mostID && !slices.Equal(again, all) {
			t.Errorf("%q says %v, written as %q %v", id, all, text, again)
		}
	})
}
