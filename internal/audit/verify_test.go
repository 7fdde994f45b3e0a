package audit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.uber.org/goleak"

	"tourbillon/events"
	"tourbillon/internal/audit"
	"tourbillon/internal/audit/audittest"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// options are an audit of the world, without any grace.
func options(w *audittest.World) audit.Options {
	return audit.Options{
		History: w, Records: w.Records, Names: record.AuditNames(), Now: w.Clock, Sleep: w.Sleep,
		Report: func(audit.Finding) error { return nil },
	}
}

// verify audits, and returns all that was found.
func verify(t *testing.T, o audit.Options) (audit.Summary, []audit.Finding) {
	t.Helper()
	var found []audit.Finding
	o.Report = func(f audit.Finding) error {
		found = append(found, f)
		return nil
	}
	sum, err := audit.Verify(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return sum, found
}

func wrong(found []audit.Finding) (lines []string) {
	for _, f := range found {
		if f.Wrong() {
			lines = append(lines, f.String())
		}
	}
	return lines
}

func TestVerify(t *testing.T) {
	w := audittest.New(t)
	w.Lively()
	t.Run("what is as it was said is found to be", func(t *testing.T) {
		sum, found := verify(t, options(w))
		if no := wrong(found); len(no) > 0 {
			t.Errorf("found\n%s", strings.Join(no, "\n"))
		}
		if sum.Bookings != 20 || sum.Departures != 2 || sum.Tours != 1 || sum.Facts != len(w.Archive) {
			t.Errorf("looked at %+v of %d facts", sum, len(w.Archive))
		}
	})
	t.Run("whatever the order, however often, and in however many shares", func(t *testing.T) {
		backwards := slices.Clone(w.Archive)
		slices.Reverse(backwards)
		both := append(backwards, w.Archive...)
		other := *w
		other.Archive = both
		o := options(&other)
		o.Most = 3
		sum, found := verify(t, o)
		if no := wrong(found); len(no) > 0 || sum.Bookings != 20 {
			t.Errorf("%+v, found\n%s", sum, strings.Join(no, "\n"))
		}
	})
}

func TestVerify_Lag(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 12)
	w.Loses = func(ce event.Event) bool {
		name, _ := events.Attribute(ce, "name")
		return name == string(events.PaymentSucceeded) || name == string(events.SpotsSold)
	}
	id := w.Book("lyon-0900", 2, "tok_visa", booking.Orchestration)
	for _, c := range []struct {
		says string
		age  time.Duration
		kind audit.Kind
	}{
		{"what was said a moment ago is on its way", time.Second, audit.Lag},
		{"what was said long ago is missing", time.Hour, audit.Missing},
	} {
		t.Run(c.says, func(t *testing.T) {
			w.Now = w.Now.Add(c.age)
			o := options(w)
			o.Grace = time.Minute
			_, found := verify(t, o)
			var names []string
			for _, f := range found {
				if f.Kind != c.kind {
					t.Errorf("found %s, want %s alone", f, c.kind)
				}
				names = append(names, f.Record+" "+f.Field)
			}
			slices.Sort(names)
			if want := []string{"departure tour.spots.sold", "payment payment.succeeded"}; !slices.Equal(names, want) {
				t.Errorf("found %q of booking %s, want %q", names, id, want)
			}
		})
	}
}
