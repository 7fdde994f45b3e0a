//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
			if n, err := strconv.Atoi(count); err == nil && n > 0 && !strings.Contains(name, "dead") {
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

// audit has `tourbillon audit verify` compare the archive with the records.
// What is on its way to the archive gets there in a while.
func (w *world) audit(ctx context.Context, say func(string, ...any)) []string {
	if !w.has("redis") || !w.has("kafka") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var said []byte
	err := until(ctx, 5*time.Second, func(ctx context.Context) (err error) {
		cmd := exec.CommandContext(ctx, w.program, "audit", "verify", "--grace=0s")
		cmd.Env = append(cmd.Environ(), w.environment()...)
		said, err = cmd.CombinedOutput()
		return err
	})
	if err == nil {
		say("audit verify: %s", bytes.TrimSpace(said))
		return nil
	}
	if exit := new(exec.ExitError); errors.As(err, &exit) && len(said) > 0 {
		err = fmt.Errorf("exit code %d", exit.ExitCode())
	}
	return []string{fmt.Sprintf("audit verify: %v\n%s", err, said)}
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
