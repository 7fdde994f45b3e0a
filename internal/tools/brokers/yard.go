package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// yard is the folder of the servers, and what is done in it.
type yard struct {
	dir    string
	say    io.Writer     // where to say what goes on
	root   bool          // whether packages may be installed
	policy string        // the file that keeps packages from starting services
	grace  time.Duration // how long a server may take to stop before it is killed
	mu     sync.Mutex
}

func newYard(dir string, say io.Writer) *yard {
	return &yard{dir: dir, say: say, root: os.Geteuid() == 0, policy: policyFile, grace: time.Minute}
}

func (y *yard) tell(format string, args ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	fmt.Fprintf(y.say, format+"\n", args...)
}

// up starts every server that does not run, and returns when all answer.
func (y *yard) up(ctx context.Context, chains []chain) error {
	if err := os.MkdirAll(y.dir, 0o700); err != nil {
		return err
	}
	release, err := lock(filepath.Join(y.dir, "lock"))
	if err != nil {
		return err
	}
	defer release()
	var missing []server
	for _, s := range slices.Concat(chains...) {
		runs, err := y.look(s)
		if err != nil {
			return err
		}
		if !runs {
			missing = append(missing, s)
		}
	}
	if err := portsFree(ctx, missing); err != nil {
		return err
	}
	if len(missing) > 0 {
		if err := y.install(ctx); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, c := range chains {
		g.Go(func() error {
			for _, s := range c {
				if err := y.start(ctx, s); err != nil {
					return fmt.Errorf("%s: %w", s.name, err)
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// look reports whether a server runs, and refuses one that runs elsewhere than
// it is wanted.
func (y *yard) look(s server) (bool, error) {
	p, runs, err := s.noted()
	if err != nil || !runs {
		return false, err
	}
	if p.port != s.port {
		return false, fmt.Errorf("%s runs already, on port %d and not %d: make brokers-down first", s.name, p.port, s.port)
	}
	return true, nil
}

// portsFree says which ports of servers that are to be started are taken. One
// that was killed may take a moment to let go of its own.
func portsFree(ctx context.Context, servers []server) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for _, s := range servers {
		for _, port := range append([]int{s.port}, s.also...) {
			if !becomesFree(ctx, port) {
				err = errors.Join(err, fmt.Errorf("%s needs port %d, and something that make brokers did not start has it: stop that, or set %s to another port", s.name, port, s.set))
			}
		}
	}
	return err
}

// start starts a server unless it runs, and returns when it answers.
func (y *yard) start(ctx context.Context, s server) error {
	p, runs, err := s.noted()
	if err != nil {
		return err
	}
	began := time.Now()
	ended := make(chan error, 1)
	if !runs {
		if p, err = s.launch(ctx, ended); err != nil {
			return err
		}
	}
	if err := s.await(ctx, ended); err != nil {
		// What does not answer is of no use, and would be in the way.
		return errors.Join(err, y.stop(context.WithoutCancel(ctx), s))
	}
	if runs {
		y.tell("%-8s runs already at %s, process %d", s.name, loopback(s.port), p.pid)
	} else {
		y.tell("%-8s answers at %s, process %d, after %.1f s", s.name, loopback(s.port), p.pid, time.Since(began).Seconds())
	}
	return nil
}

// launch starts the server's process, and notes it. When it ends, ended is
// told.
func (s server) launch(ctx context.Context, ended chan<- error) (process, error) {
	if err := s.prepare(ctx); err != nil {
		return process{}, err
	}
	log, err := os.Create(s.outFile())
	if err != nil {
		return process{}, err
	}
	defer log.Close() // the process has its own
	cmd := s.command()
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return process{}, err
	}
	p := process{pid: cmd.Process.Pid, port: s.port}
	if p.since, err = since(p.pid); err == nil {
		err = s.note(p)
	}
	if err != nil && !errors.Is(err, errGone) { // who has ended already is heard below
		return p, errors.Join(fmt.Errorf("note the process: %w", err), cmd.Process.Kill(), cmd.Wait())
	}
	go func() { ended <- cmd.Wait() }() // ends with the process, or with us
	return p, nil
}

// outFile is what the server says before it has a log of its own.
func (s server) outFile() string { return filepath.Join(s.dir, "out.log") }

// await returns when the server answers. It fails when the server ends first,
// or takes too long.
func (s server) await(ctx context.Context, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	for {
		err := s.once(ctx)
		if err == nil {
			return nil
		}
		select {
		case why := <-ended:
			if why == nil {
				why = errors.New("it left in peace")
			}
			return fmt.Errorf("it ended instead of answering (%w); its logs are in %s%s", why, s.dir, s.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("no answer at %s (%w; %w); its logs are in %s%s", loopback(s.port), err, context.Cause(ctx), s.dir, s.lastWords())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// once asks the server one time.
func (s server) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return s.ask(ctx, loopback(s.port))
}

// lastWords are the last lines that the server printed, each on a line of its
// own.
func (s server) lastWords() string {
	text, err := os.ReadFile(s.outFile())
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return "\n\t" + strings.Join(lines[max(0, len(lines)-10):], "\n\t")
}

// down stops the servers that run, the last of each chain first, and with wipe
// throws away what they keep.
func (y *yard) down(ctx context.Context, chains []chain, wipe bool) error {
	if _, err := os.Stat(y.dir); errors.Is(err, os.ErrNotExist) {
		y.tell("there is no %s: nothing was started", y.dir)
		return nil
	}
	release, err := lock(filepath.Join(y.dir, "lock"))
	if err != nil {
		return err
	}
	defer release()
	var g errgroup.Group
	for _, c := range chains {
		g.Go(func() error {
			for _, s := range slices.Backward(c) {
				if err := y.stop(ctx, s); err != nil {
					return fmt.Errorf("stop %s: %w", s.name, err)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil || !wipe {
		return err
	}
	for _, s := range slices.Concat(chains...) {
		if err := os.RemoveAll(s.dir); err != nil {
			return err
		}
	}
	y.tell("and what they kept is gone")
	return nil
}

// stop stops a server if it runs: it is asked to, and made to after a while.
func (y *yard) stop(ctx context.Context, s server) error {
	p, runs, err := s.noted()
	if err != nil || p.pid == 0 {
		return err
	}
	if !runs {
		y.tell("%-8s had ended already", s.name)
		return s.forget()
	}
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	err = p.leave(ctx, y.grace)
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		y.tell("%-8s does not stop: killing it", s.name)
		if err := errors.Join(p.signal(syscall.SIGKILL), p.leave(ctx, y.grace)); err != nil {
			return err
		}
	}
	y.tell("%-8s stopped", s.name)
	return s.forget()
}

// leave returns when the process is gone.
func (p process) leave(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for p.runs() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d is still there: %w", p.pid, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}
