//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settleTime is how long queues may take to run empty once all bookings have
// ended: the longest of retries.
const settleTime = 3 * time.Minute

// settle waits until every queue of RabbitMQ is empty: what is in one may
// still do something.
func (w *world) settle(ctx context.Context, say func(string, ...any)) error {
	if !w.has("rabbitmq") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	told := ""
	return until(ctx, 3*time.Second, func(context.Context) error {
		cmd := w.ctl.program(context.WithoutCancel(ctx), "rabbitmqctl", "--timeout", "20", "--quiet", "list_queues", "name", "messages", "--no-table-headers")
		said, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("rabbitmqctl: %w", err)
		}
		var full []string
		for line := range strings.Lines(string(said)) {
			name, count, _ := strings.Cut(strings.TrimSpace(line), "\t")
			if n, err := strconv.Atoi(count); err == nil && n > 0 && !strings.Contains(name, ".dead") && !strings.HasSuffix(name, ".history") { // these are kept
				full = append(full, name+" "+count)
			}
		}
		if len(full) == 0 {
			return nil
		}
		if now := strings.Join(full, ", "); now != told {
			told = now
			say("queues that are not empty: %s", now)
		}
		return fmt.Errorf("queues do not run empty: %s", strings.Join(full, ", "))
	})
}

// The bounds of one audit, and of waiting for what is on its way to the archive.
const (
	auditTime   = time.Minute
	archiveTime = 2 * time.Minute
)

// finding is one of `tourbillon audit verify`.
type finding struct {
	Kind, Record, ID, Entry, Field, Archive, Store, Rule, Says string

	Overtaken bool
}

// String is the finding on one line.
func (f finding) String() string {
	return strings.Join(strings.Fields(fmt.Sprintf("audit verify: %s %s %s %s %s %s %s %s %s", f.Kind, f.Record, f.ID, f.Entry, f.Field, f.Archive, f.Store, f.Rule, f.Says)), " ")
}

// wrong reports whether somebody has to do something about it.
func (f finding) wrong() bool { return f.Kind != "lag" && f.Kind != "noted" }

// overtaken are the facts that a later one of the same record may overtake (the
// audit tells whether one did): the
// commit was made, its answer was lost, and whoever asked again was answered by
// how the record was closed meanwhile. Or the door died between commit and
// publishing, and the keeper heard of the booking by a wish to cancel it, so
// that it never asked who requested it. The archive lacks them until they are
// said again from the records, by `audit verify --repair`.
var overtaken = []string{
	"booking.requested", "booking.created", "booking.confirmed", "tour.spots.reserved", "tour.spots.sold", "payment.initiated", "payment.succeeded", "payment.failed", "payment.refund.failed",
}

// audit has `tourbillon audit verify` compare the archive with the records, and
// returns what is wrong. What was overtaken, and only that, it has said again,
// and counts.
func (w *world) audit(ctx context.Context, say func(string, ...any)) (wrong []string, again int) {
	if !w.has("redis") || !w.has("kafka") && !w.has("rabbitmq") { // the history is in memory
		return nil, 0
	}
	waiting, cancel := context.WithTimeout(ctx, archiveTime)
	defer cancel()
	var found []finding
	err := until(waiting, 3*time.Second, func(context.Context) (err error) {
		if found, err = w.verify(ctx); err == nil && slices.ContainsFunc(found, func(f finding) bool { return !f.excused() }) {
			err = fmt.Errorf("%d findings", len(found))
		}
		return err
	})
	if err == nil && len(found) > 0 {
		say("%d facts were overtaken, and are said again: %s", len(found), found[0])
		if err = w.tourbillon(ctx, nil, "audit", "verify", "--repair", "--yes", "--grace=0s"); err == nil {
			again = len(found)
			found, err = w.verify(ctx)
		}
	}
	for _, f := range found {
		wrong = append(wrong, f.String())
	}
	if err != nil && len(wrong) == 0 {
		wrong = []string{"audit verify: " + err.Error()}
	}
	if len(wrong) == 0 {
		say("audit verify finds nothing wrong")
	}
	return wrong, again
}

func (f finding) excused() bool {
	return f.Kind == "missing" && f.Overtaken && slices.Contains(overtaken, f.Field)
}

// verify is one audit: what it finds wrong.
func (w *world) verify(ctx context.Context) ([]finding, error) {
	var said struct{ Findings []finding }
	err := w.tourbillon(ctx, &said, "audit", "verify", "--grace=0s", "--output=json")
	found := slices.DeleteFunc(said.Findings, func(f finding) bool { return !f.wrong() })
	if len(found) > 0 {
		return found, nil // which is why it ends with 1
	}
	return nil, err
}

// tourbillon runs a command of ours, and reads what it prints into out, if that
// is not nil.
func (w *world) tourbillon(ctx context.Context, out any, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, auditTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.program, args...)
	cmd.Env = append(cmd.Environ(), w.environment()...)
	var told bytes.Buffer
	cmd.Stderr = &told
	said, err := cmd.Output()
	if out != nil && len(said) > 0 {
		err = errors.Join(err, json.Unmarshal(said, out))
	}
	if err != nil {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(told.Bytes()))
	}
	return err
}

// crashed are the processes that ended though nobody wanted them to.
func (w *world) crashed() (all []string) {
	ps := []*process{w.payments.process, w.mail.process}
	for _, n := range w.workers {
		ps = append(ps, n.process)
	}
	for _, s := range w.running() {
		ps = append(ps, s.process)
	}
	for _, p := range ps {
		all = append(all, p.crashed()...)
	}
	return all
}

// note writes all findings of a round to a file.
func (w *world) note(round int, wrong []string) error {
	if len(wrong) == 0 {
		return nil
	}
	text := strings.Join(wrong, "\n") + "\n"
	return os.WriteFile(filepath.Join(w.dir, fmt.Sprintf("findings-%d.txt", round)), []byte(text), 0o600)
}
