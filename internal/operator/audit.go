package operator

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/audit"
	"tourbillon/internal/record"
)

// auditTime is how long an audit may take: the whole archive is read.
const auditTime = time.Hour

// mostGrace bounds how long an audit waits for what differs to be one.
const mostGrace = 10 * time.Minute

// Audit holds the archive against the records, and makes each whole from the
// other.
func (d Desk) Audit() http.Handler { return d.serveFor(auditTime, d.audit()) }

func (d Desk) audit() []route {
	return []route{
		{"GET", "/audit", d.verify},
		{"GET", "/audit/repair", d.planRepair},
		{"POST", "/audit/repair", d.repair},
		{"GET", "/audit/rebuild", d.planRebuild},
		{"POST", "/audit/rebuild", d.rebuild},
		{"GET", "/replay", d.planRerun},
		{"POST", "/replay", d.rerun},
	}
}

// verify answers what an audit finds, a line each, and then what it looked at.
func (d Desk) verify(w http.ResponseWriter, r *http.Request) error {
	grace, err := graceOf(r)
	if err != nil {
		return err
	}
	out := &lines{w: w}
	sum, err := audit.Verify(r.Context(), d.auditing(grace, func(f audit.Finding) error { return out.put(f) }))
	if err == nil {
		err = out.put(map[string]audit.Summary{"summary": sum})
	}
	return out.end(d, "GET /audit", unaudited(err))
}

func (d Desk) auditing(grace time.Duration, report func(audit.Finding) error) audit.Options {
	return audit.Options{
		History: d.History, Records: d.Records, Names: record.AuditNames(), Now: d.Now, Sleep: sleep,
		Grace: grace, Report: report,
	}
}

func unaudited(err error) error {
	if err == nil || errors.Is(err, events.ErrCursor) {
		return err
	}
	return arrow.Again(err)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
