package events_test

import (
	"bytes"
	"encoding/json"
	"net/http"
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

// BenchmarkSchema is the check of a document and its reading: of one that is
// plain, as ours all are, and of one that the schema itself has to judge.
func BenchmarkSchema(b *testing.B) {
	plain := []byte(example(b, events.SpotsReserved, 1))
	for name, data := range map[string][]byte{"plain": plain, "judged": bytes.Replace(plain, []byte("2,"), []byte("2.0,"), 1)} {
		b.Run(name, func(b *testing.B) {
			ce := bare(events.SpotsReserved, 1, data)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := events.Decode(ce); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHTTP is an event into headers and body, and out of them again, in
// both modes.
func BenchmarkHTTP(b *testing.B) {
	ce := encode(b, full(b, events.SpotsReleased))
	header := make(http.Header)
	body, err := events.WriteHTTP(header, ce)
	if err != nil {
		b.Fatal(err)
	}
	whole, err := json.Marshal(ce)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := events.WriteHTTP(make(http.Header), ce); err != nil {
				b.Fatal(err)
			}
		}
	})
	read := func(h http.Header, body []byte) func(b *testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := events.ReadMessage(h, bytes.NewReader(body), 1<<20); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("read/binary", read(header, body))
	b.Run("read/structured", read(http.Header{"Content-Type": {"application/cloudevents+json"}}, whole))
}
