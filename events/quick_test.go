package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/parse"
)

// everyExample calls do with each newest version and its stored example.
func everyExample(tb testing.TB, do func(n Name, version int, raw []byte)) {
	for _, s := range vocabulary {
		raw, err := os.ReadFile(fmt.Sprintf("testdata/published/%s.v%d.json", s.Name, s.Version))
		if err != nil {
			tb.Fatal(err)
		}
		do(s.Name, s.Version, raw)
	}
}

// hold compares the quick form's yes with what the schema says, and what is
// read then with what the schema's way reads.
func hold(t *testing.T, n Name, version int, data []byte) (sure bool) {
	t.Helper()
	r := compiled.of(n, version)
	if !r.quick.sure(data) {
		return false
	}
	want, err := r.judge(n, version, data)
	if err != nil {
		t.Fatalf("%s: sure of what the schema refuses: %v\n%s", n, err, data)
	}
	var got Data
	if err := parse.JSON(data, &got); err != nil {
		t.Fatalf("%s: sure of what cannot be read: %v\n%s", n, err, data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: (-judged +sure):\n%s\n%s", n, diff, data)
	}
	return true
}

func TestQuick(t *testing.T) {
	everyExample(t, func(n Name, version int, raw []byte) {
		t.Run("every schema has a quick form that is sure of its example: "+string(n), func(t *testing.T) {
			var small bytes.Buffer
			if err := json.Compact(&small, raw); err != nil {
				t.Fatal(err)
			}
			for _, data := range [][]byte{raw, small.Bytes()} {
				if sure := hold(t, n, version, data); sure == (n == ClockTick) { // its data is free
					t.Errorf("sure: %v of %s", sure, data)
				}
			}
		})
		t.Run("whatever is done to it, the schema agrees: "+string(n), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			sure := 0
			for range 3000 {
				if hold(t, n, version, mutated(random, raw)) {
					sure++
				}
			}
			if sure == 0 && n != ClockTick {
				t.Error("none of them was still plain")
			}
		})
	})
}

// odd is what the mutations put into a document.
var odd = []string{
	`"`, `\`, `\u0041`, `\ud800`, "\xff", "é", "\x00", "\n", " ", "0", "-", "-0", "1", "00", ".0", "e2", "E-1", "9223372036854775807", "999999999999999999",
	"1000000", "1001", "101", "null", "true", "{}", "[]", `""`, ",", ":", "}", "]", `"seats":1,`, `"bookingId":"q7Xw2LrT9vKcMz4J",`, `"try":0,`, "CONFIRMED",
	"2026-02-29T00:00:00Z", "2026-06-14t07:00:00z", "2026-06-14T24:00:00Z", "2026-06-14T23:59:60Z", "2026-06-14T07:00:00.123456789012Z",
	"2026-06-14T07:00:00.Z", "2026-06-14T07:00:00,1Z", "2026-06-14T07:00:00+02:00", "2026-06-14T07:00:00+24:00", "0000-01-01T00:00:00Z",
	"a@example.com", "a b@example.com", ".a@example.com", "+33199000000", "fr-FR", "fr_FR", "EUR", "eur",
}

// mutated returns raw with one or two things done to it, at the places where
// values are as often as anywhere.
func mutated(r *rand.Rand, raw []byte) []byte {
	out := bytes.Clone(raw)
	for range 1 + r.IntN(2) {
		from := r.IntN(len(out))
		if r.IntN(2) == 0 { // from behind a quote or a blank
			from += max(0, bytes.IndexAny(out[from:], "\" ")) + 1
		}
		from = min(from, len(out)-1)
		to := min(len(out), from+r.IntN(4))
		if r.IntN(3) == 0 { // up to where a value ends
			to = from + max(0, bytes.IndexAny(out[from:], "\",}]"))
		}
		put := odd[r.IntN(len(odd))]
		switch r.IntN(4) {
		case 0:
			put = ""
		case 1:
			put = string(rune(' ' + r.IntN(95)))
		}
		out = append(out[:from:from], append([]byte(put), out[to:]...)...)
		if len(out) == 0 {
			return raw
		}
	}
	return out
}

// FuzzQuick holds the quick form against the schema.
func FuzzQuick(f *testing.F) {
	everyExample(f, func(n Name, version int, raw []byte) { f.Add(string(n), raw) })
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if spec, ok := byName[Name(name)]; ok {
			hold(t, spec.Name, spec.Version, data)
		}
	})
}
