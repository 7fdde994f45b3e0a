package restore_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/audit/audittest"
	"tourbillon/internal/restore"
	"tourbillon/saga"
)

// older is an archive whose facts do not tell a payment's attempts, as the
// published examples do not.
type older struct{ events.History }

// Read implements events.History.
func (o older) Read(ctx context.Context, cursor string, limit int) ([]event.Event, string, error) {
	ces, next, err := o.History.Read(ctx, cursor, limit)
	all := make([]event.Event, 0, len(ces))
	for _, ce := range ces {
		var data map[string]json.RawMessage
		if err := json.Unmarshal(ce.Data(), &data); err != nil {
			return nil, "", err
		}
		delete(data, "charges")
		ce = ce.Clone()
		if ce.DataEncoded, err = json.Marshal(data); err != nil {
			return nil, "", err
		}
		all = append(all, ce)
	}
	return all, next, err
}

func TestRebuild_OlderFacts(t *testing.T) {
	w := audittest.New(t)
	all := w.Lively()
	w.Wipe()
	sum, err := restore.Rebuild(t.Context(), restore.Options{History: older{w}, Records: w.Records, Plans: saga.Shipped()})
	if err != nil || sum.Bookings != len(all) {
		t.Fatalf("%+v, %v", sum, err)
	}
	paid := map[string]string{}
	for _, says := range []string{"confirmed", "tried again", "flaky", "paid later"} {
		paid[all[says]] = says
		w.Cancel(all[says], "lyon-0900")
	}
	for range 20 {
		w.Tick(time.Minute)
	}
	intents, err := w.Sandbox.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range intents {
		if says := paid[i.BookingID]; says != "" && i.Taken() != 0 {
			t.Errorf("%s: %d is kept of a booking that was cancelled in time", says, i.Taken())
		}
	}
}
