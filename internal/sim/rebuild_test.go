package sim

import (
	"testing"

	"tourbillon/internal/audit"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/restore"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/saga"
)

// audited returns what an audit of the world's archive has against records.
func (w *World) audited(t *testing.T, records *store.Records) (wrong []audit.Finding) {
	t.Helper()
	_, err := audit.Verify(t.Context(), audit.Options{
		History: archive(w.said), Records: records, Names: record.AuditNames(), Now: w.clock,
		Report: func(f audit.Finding) error {
			if f.Wrong() {
				wrong = append(wrong, f)
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return wrong
}

// TestRebuild runs chaos, makes all records anew from what was said, and has
// an audit hold them against it: whatever way a booking went.
func TestRebuild(t *testing.T) {
	rebuilt := 0
	for seed := uint64(5000); seed < 5150; seed++ {
		for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
			w, err := New(Random(seed, flow))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Run(); err != nil {
				t.Fatal(err)
			}
			if len(w.audited(t, w.records)) > 0 {
				continue // something was never said: what is made anew lacks it
			}
			rebuilt++
			anew := store.New(memory.New())
			if _, err := restore.Rebuild(t.Context(), restore.Options{History: archive(w.said), Records: anew, Plans: saga.Shipped()}); err != nil {
				t.Fatal(err)
			}
			for _, f := range w.audited(t, anew) {
				t.Errorf("seed %d, %s: %s", seed, flow, f)
			}
			for _, c := range w.clients {
				id := w.BookingID(c.Request)
				was, _ := load[saga.Record](w, record.KindSaga, id, id)
				w.records, anew = anew, w.records
				is, _ := load[saga.Record](w, record.KindSaga, id, id)
				w.records, anew = anew, w.records
				if was.Status() != is.Status() || was.Reason() != is.Reason() || was.Armed.Step != is.Armed.Step {
					t.Errorf("seed %d, %s: the saga was %s %s, next %q, and is %s %s, next %q", seed, flow,
						was.Status(), was.Reason(), was.Armed.Step, is.Status(), is.Reason(), is.Armed.Step)
				}
			}
			if t.Failed() {
				return
			}
		}
	}
	if rebuilt < 250 {
		t.Errorf("only %d worlds were made anew", rebuilt)
	}
}
