package parse_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/parse"
	"tourbillon/saga"
)

// agrees has raw read both ways, into a value of the same kind, and after that
// what the standard library writes of it. Only of that is it known that it is
// good; what else is read must be the same, but may be refused.
func agrees[T any](t *testing.T, raw []byte) {
	t.Helper()
	var want, got, back T
	if json.Unmarshal(raw, &want) != nil {
		return
	}
	if parse.JSON(raw, &got) == nil {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-standard +ours):\n%s\n%s", diff, raw)
		}
	}
	ours, err := json.Marshal(want)
	if err != nil {
		return // a year that cannot be written
	}
	if err := parse.JSON(ours, &back); err != nil {
		t.Fatalf("refused: %v\n%s", err, ours)
	}
	if diff := cmp.Diff(want, back, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("(-written +read):\n%s\n%s", diff, ours)
	}
}

func all(t *testing.T, raw []byte) {
	t.Helper()
	agrees[events.Data](t, raw)
	agrees[saga.Record](t, raw)
	agrees[booking.Record](t, raw)
	agrees[booking.Payment](t, raw)
	agrees[booking.Departure](t, raw)
	agrees[booking.Seat](t, raw)
	agrees[booking.Intake](t, raw)
	agrees[booking.Notification](t, raw)
}

// aSaga is a keeper's record with something in every field that nests.
func aSaga(tb testing.TB) []byte {
	at := time.Date(2026, time.May, 1, 9, 0, 0, 123456789, time.UTC)
	said := &booking.Said{Version: 3, At: at, Status: booking.StatusConfirmed, Amount: &booking.Money{Amount: 1 << 62, Currency: "EUR"}}
	d := events.Data{Booking: booking.Booking{
		ID: "b", ExpiresAt: at.In(time.FixedZone("", -3600)), Policy: booking.Policy{{HoursBefore: 1, Percent: 2}},
	}, Recipient: "<é & \u2028 \" \\ \x7f \ufffd>", Stock: &booking.Stock{Held: -1}}
	raw, err := json.Marshal(saga.Record{
		Booking: d.Booking, Heard: []saga.Heard{{Name: "n", ID: "1", At: at}, {}}, Wish: &saga.Wish{At: at},
		Spoken: saga.Spoken{Data: d, At: at}, Ends: []saga.End{{Said: said}}, Stuck: said, Untold: []string{"", "x"}, Version: 1<<64 - 1,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func seeds(tb testing.TB, do func([]byte)) {
	files, err := filepath.Glob("../../events/testdata/published/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatal(files, err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		do(raw)
	}
	do(aSaga(tb))
	do([]byte(`{"v":1,"v":2,"BOOKING":{"seats":3},"booking":{"seats":null,"price":null},"heard":[{"at":"2026-05-01T09:00:00+02:00"}],"x":{"y":[1.5e3,true]}}`))
	do([]byte("{\"bookingId\":\"\\ud83d\\ude00\\ud800\\u0000 \xff\",\"\\u0073eats\":4}"))
}

func TestJSON(t *testing.T) {
	t.Run("what the standard library reads, it reads, and the same", func(t *testing.T) {
		seeds(t, func(raw []byte) { all(t, raw) })
	})
	t.Run("it keeps nothing of what it read", func(t *testing.T) {
		raw, want := aSaga(t), saga.Record{}
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		var got saga.Record
		if err := parse.JSON(raw, &got); err != nil {
			t.Fatal(err)
		}
		copy(raw, bytes.Repeat([]byte("x"), len(raw)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-read +after):\n%s", diff)
		}
	})
	t.Run("what is broken is refused", func(t *testing.T) {
		for _, raw := range []string{"", "{", `{"entry":`, "{}x", "[]", `{"v":"1"}`, `{"v":-1}`, `{"v":1.5}`} {
			if err := parse.JSON([]byte(raw), new(saga.Record)); err == nil {
				t.Errorf("read %q", raw)
			}
		}
	})
}

// FuzzJSON holds it against the standard library.
func FuzzJSON(f *testing.F) {
	seeds(f, func(raw []byte) { f.Add(raw) })
	f.Fuzz(all)
}

func BenchmarkJSON(b *testing.B) {
	raw := aSaga(b)
	for name, read := range map[string]func([]byte, any) error{"standard": json.Unmarshal, "ours": parse.JSON} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := read(raw, new(saga.Record)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
