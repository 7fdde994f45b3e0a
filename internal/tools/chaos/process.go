//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// process is a program that can be killed, frozen and started again. It is in
// a group of its own, so that a signal reaches what it started, too.
type process struct {
	name  string
	log   string                          // file that its output is added to
	make  func() *exec.Cmd                // anew for each start
	ready func(ctx context.Context) error // returns once it answers

	mu      sync.Mutex
	cmd     *exec.Cmd
	gone    chan struct{} // closed once it is reaped
	doomed  bool          // it is to end
	answers bool          // it has answered, since it was started
	crashes []string      // times that it ended though it worked, and nobody wanted it to
	refused int           // times that it ended instead of starting: what it needs was away
}

// patience is how long a program may take until it answers: a worker cannot
// start while a server is away, and they are away for minutes, one after another.
const patience = 4 * time.Minute

// start starts the program and waits until it answers. One that gives up
// meanwhile is started again, as whoever supervises it would.
func (p *process) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		gone, err := p.launch()
		if err != nil {
			return fmt.Errorf("start %s: %w", p.name, err)
		}
		answers := make(chan error, 1)
		trying, stop := context.WithCancel(ctx)
		go func() { answers <- p.ready(trying) }()
		select {
		case err = <-answers:
			stop()
			if err != nil {
				return fmt.Errorf("%s does not answer, see %s: %w", p.name, p.log, err)
			}
			p.mu.Lock()
			p.answers = true
			p.mu.Unlock()
			return nil
		case <-gone:
			stop()
			<-answers
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return fmt.Errorf("%s does not start, see %s: %w", p.name, p.log, err)
		}
	}
}

func (p *process) launch() (gone chan struct{}, err error) {
	out, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := p.make()
	cmd.Stderr = out
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doomed, p.answers = false, false
	if err := errors.Join(cmd.Start(), out.Close()); err != nil {
		return nil, err
	}
	p.cmd, p.gone = cmd, make(chan struct{})
	go p.reap(cmd, p.gone)
	return p.gone, nil
}

func (p *process) reap(cmd *exec.Cmd, gone chan struct{}) {
	err := cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.doomed:
	case !p.answers:
		p.refused++
	default:
		p.crashes = append(p.crashes, fmt.Sprintf("%s ended by itself at %s: %v, see %s", p.name, time.Now().Format(time.TimeOnly), err, p.log))
	}
	close(gone)
}

// kill is kill -9. It returns once the program is gone.
func (p *process) kill() {
	p.mu.Lock()
	p.doomed = true
	gone := p.gone
	p.mu.Unlock()
	if gone == nil {
		return
	}
	p.signal(syscall.SIGKILL)
	<-gone
}

// end asks the program to end, and kills it if it does not.
func (p *process) end(within time.Duration) {
	p.mu.Lock()
	p.doomed = true
	gone := p.gone
	p.mu.Unlock()
	if gone == nil {
		return
	}
	p.signal(syscall.SIGTERM)
	select {
	case <-gone:
	case <-time.After(within):
		p.kill()
	}
}

// freeze stops the program where it is, and thaw lets it go on.
func (p *process) freeze() { p.signal(syscall.SIGSTOP) }
func (p *process) thaw()   { p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	select {
	case <-p.gone: // its number may be another's
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, s) // it may have ended meanwhile
	}
}

// crashed returns how often the program ended by itself since it was asked
// last.
func (p *process) crashed() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.crashes
	p.crashes = nil
	return all
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// until asks again and again, every d, until ask is content or ctx ends.
func until(ctx context.Context, d time.Duration, ask func(context.Context) error) error {
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		if ended := pause(ctx, d); ended != nil {
			return errors.Join(err, ended)
		}
	}
}
