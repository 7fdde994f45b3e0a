package sim

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tourbillon/events"
	"tourbillon/internal/audit"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/restore"
)

// archive is a history that is a list.
type archive []event.Event

// Read implements events.History.
func (a archive) Read(_ context.Context, cursor string, limit int) ([]event.Event, string, error) {
	at, _ := strconv.Atoi(cursor)
	n := min(limit, len(a)-at)
	return a[at : at+n], strconv.Itoa(at + n), nil
}

// TestAudit runs chaos, loses every fifth fact of the archive, and has that
// audited: what was lost the records remember, and nothing differs besides.
func TestAudit(t *testing.T) {
	lost, noted := 0, 0
	for seed := range uint64(150) {
		for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
			w, err := New(Random(seed, flow))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Run(); err != nil {
				t.Fatal(err)
			}
			kept, gone := thinned(w.said)
			_, err = audit.Verify(t.Context(), audit.Options{
				History: kept, Records: w.records, Names: record.AuditNames(), Now: w.clock, Most: 2,
				Report: func(f audit.Finding) error {
					switch {
					case f.Kind == audit.Noted:
						noted++
					case f.Kind == audit.Missing:
						lost++
						if was, said := gone[f.Event]; said {
							w.saidAgain(t, f, was)
						} else {
							w.overtaken(t, f)
						}
						delete(gone, f.Event)
					default:
						t.Errorf("seed %d, %s: %s", seed, flow, f)
					}
					return nil
				},
			})
			for _, ce := range gone {
				if name, _ := events.Attribute(ce, "name"); !w.forgotten(name, ce.Subject()) && !unknown(t, ce) {
					t.Errorf("seed %d, %s: nobody misses a %s", seed, flow, name)
				}
			}
			if err != nil || t.Failed() {
				t.Fatal(err)
			}
		}
	}
	if lost < 1000 || noted == 0 {
		t.Errorf("%d facts were missed and %d noted: this is no chaos", lost, noted)
	}
}

// forgotten reports whether a booking's record may have forgotten a fact, for
// another that came after it.
func (w *World) forgotten(name, booking string) bool {
	switch name {
	case "payment.refund.failed", "booking.close.refused", "saga.stuck", "notification.deferred":
		return true
	}
	return name == "payment.refunded" && slices.ContainsFunc(w.Requests, func(r Request) bool {
		return r.Token == "tok_refund_fails_later" && w.BookingID(r) == booking
	})
}

// unknown reports whether a fact is of a record that an audit finds by the
// archive alone: of a message to who watches, or of an address.
func unknown(t *testing.T, ce event.Event) bool {
	t.Helper()
	e, err := events.Decode(ce)
	if err != nil {
		t.Fatal(err)
	}
	return e.Data.ID == "" && (e.Record == record.KindNotification || e.Record == record.KindCustomer)
}

// overtaken demands of a fact that is missing, and that nobody ever said, that it
// was committed by a worker that crashed, and was answered by a later one when
// it was asked for again.
func (w *World) overtaken(t *testing.T, f audit.Finding) {
	t.Helper()
	if _, known, err := restore.Again(t.Context(), w.records, f); err != nil || !known {
		t.Fatalf("%s is not remembered: %v", f, err)
	}
	if !f.Overtaken {
		t.Errorf("%s was never said, and nothing was after it", f)
	}
}

// saidAgain demands that a fact that is missing is said again as it was said.
func (w *World) saidAgain(t *testing.T, f audit.Finding, was event.Event) {
	t.Helper()
	again, known, err := restore.Again(t.Context(), w.records, f)
	if err != nil || !known {
		t.Fatalf("%s is not remembered: %v", f, err)
	}
	first, err := events.Decode(was)
	if err != nil {
		t.Fatalf("%s was not in the archive: %v", f, err)
	}
	ignored := cmpopts.IgnoreFields(events.Event{}, "CausationID", "Trace")
	if first.Record == "saga" { // the keeper may have learned more of the booking since
		ignored = cmpopts.IgnoreFields(events.Event{}, "Trace", "Data.Booking")
	}
	if diff := cmp.Diff(first, again, ignored); diff != "" {
		t.Errorf("%s is said in two ways (-first +again):\n%s", f, diff)
	}
}

// thinned is what is left of an archive, and the facts that are not in it any
// more, by id.
func thinned(said []event.Event) (kept archive, gone map[string]event.Event) {
	gone = map[string]event.Event{}
	for _, ce := range said {
		h := fnv.New32a()
		h.Write([]byte(ce.ID()))
		switch _, spoke := events.Attribute(ce, "record"); {
		case h.Sum32()%5 != 0:
			kept = append(kept, ce)
		case spoke:
			gone[ce.ID()] = ce
		}
	}
	return kept, gone
}
