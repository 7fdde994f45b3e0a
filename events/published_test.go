package events_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// published are the stored examples of every version ever published.
var published = os.DirFS("testdata/published")

// ever calls do with every name and version of the vocabulary.
func ever(do func(n events.Name, version int, file string)) {
	for _, s := range events.Vocabulary() {
		for v := 1; v <= s.Version; v++ {
			do(s.Name, v, fmt.Sprintf("%s.v%d.json", s.Name, v))
		}
	}
}

// example returns the stored example of a name and version.
func example(t testing.TB, n events.Name, version int) []byte {
	t.Helper()
	raw, err := fs.ReadFile(published, fmt.Sprintf("%s.v%d.json", n, version))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// bare wraps data in a CloudEvent that has the required attributes only.
func bare(n events.Name, version int, data []byte) event.Event {
	ce := event.New()
	ce.SetID("4f1c7f0e")
	ce.SetSource("/tourbillon/test")
	ce.SetType(n.Type(version))
	ce.DataEncoded = data
	return ce
}

func TestDecode_Published(t *testing.T) {
	ever(func(n events.Name, v int, file string) {
		t.Run(file+" is read and comes out as the newest version", func(t *testing.T) {
			e, err := events.Decode(bare(n, v, example(t, n, v)))
			if err != nil {
				t.Fatal(err)
			}
			ce, err := events.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			spec, _ := events.Lookup(n)
			if got, want := ce.Type(), n.Type(spec.Version); got != want {
				t.Errorf("written as %s, want %s", got, want)
			}
			again, err := events.Decode(ce)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e.Data, again.Data); diff != "" {
				t.Errorf("read, written and read again it changed (-first +again):\n%s", diff)
			}
		})
	})
}

func TestDecode_PublishedWhole(t *testing.T) {
	ever(func(n events.Name, v int, file string) {
		if spec, _ := events.Lookup(n); v < spec.Version {
			return
		}
		t.Run("nothing of "+file+" is lost", func(t *testing.T) {
			raw := example(t, n, v)
			e, err := events.Decode(bare(n, v, raw))
			if err != nil {
				t.Fatal(err)
			}
			ce, err := events.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(object(t, raw), object(t, ce.Data())); diff != "" {
				t.Errorf("example and what Encode writes (-example +written):\n%s", diff)
			}
		})
	})
}

func object(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestDecode_BookingRequestVersions(t *testing.T) {
	t.Run("both versions say the same", func(t *testing.T) {
		v1, err := events.Decode(bare(events.BookingRequest, 1, example(t, events.BookingRequest, 1)))
		if err != nil {
			t.Fatal(err)
		}
		v2, err := events.Decode(bare(events.BookingRequest, 2, example(t, events.BookingRequest, 2)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v1.Data, v2.Data); diff != "" {
			t.Errorf("(-v1 +v2):\n%s", diff)
		}
	})
	t.Run("what version 1 left out is left out", func(t *testing.T) {
		raw := []byte(`{"departureId":"lyon-0900","seats":1,"customerName":"A. Example",` +
			`"customerEmail":"a@example.com","paymentToken":"tok_visa"}`)
		e, err := events.Decode(bare(events.BookingRequest, 1, raw))
		if err != nil {
			t.Fatal(err)
		}
		want := events.Data{
			Customer: &booking.Customer{Name: "A. Example", Email: "a@example.com"},
			Payment:  &booking.Token{Token: "tok_visa"},
		}
		want.DepartureID, want.Seats = "lyon-0900", 1
		if diff := cmp.Diff(want, e.Data); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestSchemas_Whole holds the two folders against the vocabulary.
func TestSchemas_Whole(t *testing.T) {
	want := map[string]bool{"defs.json": true}
	ever(func(_ events.Name, _ int, file string) { want[file] = true })
	for _, folder := range []struct {
		name string
		fsys fs.FS
	}{{"schema", events.Schemas()}, {"example", published}} {
		have, err := fs.Glob(folder.fsys, "*")
		if err != nil {
			t.Fatal(err)
		}
		has := make(map[string]bool)
		for _, file := range have {
			has[file] = true
			if !want[file] || folder.name == "example" && file == "defs.json" {
				t.Errorf("%s %s is left over: the vocabulary has no such name and version", folder.name, file)
			}
		}
		ever(func(n events.Name, v int, file string) {
			if !has[file] {
				t.Errorf("%s version %d has no %s", n, v, folder.name)
			}
		})
	}
}
