package main

import (
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	got := parse("?   \ttourbillon/a\t[no test files]\nok  \ttourbillon/b\t0.01s\nFuzzX\nFuzzY\nok  \ttourbillon/c\t0.02s\nFuzzZ\nok  \ttourbillon/d\t(cached)\n")
	want := []target{{"tourbillon/c", "FuzzX"}, {"tourbillon/c", "FuzzY"}, {"tourbillon/d", "FuzzZ"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
