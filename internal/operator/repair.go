package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/audit"
	"tourbillon/internal/restore"
	"tourbillon/internal/web"
)

// repaired is what came of a repair, or would.
type repaired struct {
	Said    int `json:"said"`    // facts that the archive lacked
	Unknown int `json:"unknown"` // of which no record remembers what was said
}

// planRepair shows what the archive lacks, as it would be said again.
func (d Desk) planRepair(w http.ResponseWriter, r *http.Request) error { return d.repairs(w, r, false) }

// repair says again what the archive lacks, to the archive alone.
func (d Desk) repair(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadNothing(w, r); err != nil {
		return err
	}
	return d.repairs(w, r, true)
}

func (d Desk) repairs(w http.ResponseWriter, r *http.Request, do bool) error {
	grace, err := graceOf(r)
	if err != nil {
		return err
	}
	out, sum := &lines{w: w}, repaired{}
	_, err = audit.Verify(r.Context(), d.auditing(grace, func(f audit.Finding) error {
		if f.Kind != audit.Missing {
			return nil
		}
		e, known, err := restore.Again(r.Context(), d.Records, f)
		switch {
		case err != nil:
			return err
		case !known:
			sum.Unknown++
			return out.put(map[string]audit.Finding{"unknown": f})
		}
		sum.Said++
		return d.sayAgain(r.Context(), out, e, do)
	}))
	if err == nil {
		err = out.put(map[string]repaired{"summary": sum})
	}
	return out.end(d, r.Method+" /audit/repair", unaudited(err))
}

// sayAgain shows a fact, and publishes it to the archive where that is wished.
func (d Desk) sayAgain(ctx context.Context, out *lines, e events.Event, do bool) error {
	ce, err := events.Encode(e)
	if err != nil {
		return arrow.Never(err)
	}
	if do {
		if err := d.Archive.Publish(ctx, ce); err != nil {
			return fmt.Errorf("publish to the archive: %w", err)
		}
		d.Log.InfoContext(ctx, "operator", "name", e.Name, "event", e.ID, "booking", arrow.Short(e.Data.ID))
	}
	return out.put(factLine(ce))
}

// factLine is a fact as a line of an answer.
func factLine(ce event.Event) map[string]json.RawMessage {
	return map[string]json.RawMessage{"event": show(ce)}
}

// graceOf is how long the archive may lag behind, as it is asked for.
func graceOf(r *http.Request) (time.Duration, error) {
	asked := r.URL.Query().Get("grace")
	if asked == "" {
		return time.Minute, nil
	}
	grace, err := time.ParseDuration(asked)
	if err != nil || grace < 0 || grace > mostGrace {
		return 0, bad("grace", "write how long the archive may lag behind, from 0s to 10m")
	}
	return grace, nil
}
