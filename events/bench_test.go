package events_test

import (
	"testing"

	"tourbillon/events"
)

func BenchmarkDecode(b *testing.B) {
	ce := encode(b, full(b, events.SpotsReleased))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := events.Decode(ce); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	e := full(b, events.SpotsReleased)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := events.Encode(e); err != nil {
			b.Fatal(err)
		}
	}
}
