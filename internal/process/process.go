// Package process runs programs beside this one: it starts each, waits until
// it is ready, starts it again when it dies, and stops it in the end.
//
//	this process                              the program
//	socket, open as long as this process ───► descriptor 3, where it listens
//	write end of a pipe                  ───► standard input: it ends when that does
//	log, line by line                    ◄─── standard output and error
//
// The socket is made here and handed over, so that its address is known before
// the program runs and stays the same when it is started again; who connects
// meanwhile waits and is not refused.
//
// That its input ends is what tells a program to end. It outlives nobody: when
// this process ends, however it ends, the system closes the pipe. A signal would
// not do: at a terminal, or from who runs services, it reaches all processes at
// once, and these must work on until this one has no more for them. So programs
// ignore SIGINT and SIGTERM.
package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Settings is one program.
type Settings struct {
	Name string    // in logs, before each of its lines, and in errors
	Path string    // of the executable
	Args []string  // its own name first
	Env  []string  // "KEY=value", added to this process's; the last counts
	Out  io.Writer // of its lines; safe for concurrent use where programs share it
	Log  *slog.Logger

	Grace time.Duration // to end in once its input has ended, before it is killed; 0: 30 s
}

// The times of a program.
const (
	grace     = 30 * time.Second // what a function has in hand takes 25
	firstWait = 100 * time.Millisecond
	lastWait  = 5 * time.Second
	settled   = 10 * time.Second // who lived as long is started again without a wait
	probeTime = 2 * time.Second
	probeWait = 50 * time.Millisecond
)

// Process is a program that is kept running. Make it with [New]. Safe for
// concurrent use.
type Process struct {
	Settings
	socket *net.TCPListener
	handed *os.File // the socket, as a program gets it

	ready chan struct{} // closed when it was ready once
	ended chan struct{} // closed when Run ends
	err   error         // of Run
}

// New opens the program's socket, on a free port of the loopback interface, and
// starts nothing. Close it.
func New(s Settings) (*Process, error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("a socket for %s: %w", s.Name, err)
	}
	f, err := l.File()
	if err != nil {
		return nil, fmt.Errorf("a socket for %s: %w", s.Name, errors.Join(err, l.Close()))
	}
	return &Process{Settings: s, socket: l, handed: f, ready: make(chan struct{}), ended: make(chan struct{})}, nil
}

// URL is where the program answers, now or later.
func (p *Process) URL() string { return "http://" + p.socket.Addr().String() }

// Close closes the socket, after Run.
func (p *Process) Close() error { return errors.Join(p.handed.Close(), p.socket.Close()) }

// Ready returns nil once the program has answered GET /readyz with 200, Run's
// error where that ended, or ctx's.
func (p *Process) Ready(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	case <-p.ended:
		return p.err
	case <-ctx.Done():
		return fmt.Errorf("%s is not ready: %w", p.Name, ctx.Err())
	}
}

// Run keeps the program running until ctx ends: then it is told to end, given
// its grace for what it has in hand, and killed. It returns an error where
// the program ends before it was ready once: starting it again would not help.
// It is called once.
func (p *Process) Run(ctx context.Context) error {
	defer close(p.ended)
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		began := time.Now()
		err := p.once(ctx)
		if ctx.Err() != nil {
			return nil
		}
		select {
		case <-p.ready:
		default:
			p.err = fmt.Errorf("%s ended before it was ready (%w): it has said why", p.Name, err)
			return p.err
		}
		if time.Since(began) > settled {
			wait = firstWait
		}
		p.Log.Error("process ended: it is started again", "function", p.Name, "err", err, "wait", wait)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

var errLeft = errors.New("it left by itself")

// once runs the program to its end.
func (p *Process) once(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, p.Path)
	cmd.Args = p.Args
	cmd.Env = append(cmd.Environ(), p.Env...)
	cmd.ExtraFiles = []*os.File{p.handed}
	out := &lines{to: p.Out, prefix: p.Name + " | "}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = cmp.Or(p.Grace, grace)
	held, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	cmd.Cancel = held.Close
	if err := cmd.Start(); err != nil {
		return errors.Join(err, held.Close())
	}
	p.Log.Debug("process started", "function", p.Name, "pid", cmd.Process.Pid, "url", p.URL())
	probing, stop := context.WithCancel(ctx)
	var probe sync.WaitGroup
	probe.Go(func() { p.probe(probing) })
	err = cmd.Wait()
	stop()
	probe.Wait()
	out.end()
	if err == nil {
		err = errLeft
	}
	return err
}

// probe asks until the program is ready.
func (p *Process) probe(ctx context.Context) {
	select {
	case <-p.ready:
		return
	default:
	}
	own := &http.Transport{DisableKeepAlives: true}
	client := http.Client{Transport: own, Timeout: probeTime}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL()+"/readyz", nil)
		if err != nil {
			return // its URL is our own
		}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close() // its status is all
			if resp.StatusCode == http.StatusOK {
				close(p.ready)
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(probeWait):
		}
	}
}
