// Package process runs programs beside this one: it starts each, knows when it
// is ready and when it has ended, and stops it.
//
//	this process                              the program
//	socket, closed once it is handed over ──► descriptor 3, where it listens
//	write end of a pipe                   ──► standard input: it ends when that does
//	log, line by line                     ◄── standard output and error
//
// The socket is made here and handed over: it takes connections before the
// program runs, so that who connects at once waits, and is served by the first
// thing that the program does. It is the program's alone: when that ends, who is
// waiting is refused.
//
// That its input ends is what tells a program to end. It outlives nobody: when
// this process ends, however it ends, the system closes the pipe. A signal would
// not do: from who runs services it may reach all processes at once, and these
// must work on until this one has no more for them. So programs ignore SIGINT and
// SIGTERM, and are in groups of their own, which a terminal's Ctrl-C passes by.
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
	Env  []string  // "KEY=value": these, and no other
	Out  io.Writer // of its lines; safe for concurrent use where programs share it
	Log  *slog.Logger

	Grace time.Duration // to end in once its input has ended, before it is killed; 0: 30 s
}

// The times of a program.
const (
	grace     = 30 * time.Second // what a function has in hand takes 25
	probeTime = 30 * time.Second
	probeWait = 20 * time.Millisecond
)

// Process is a program that runs, or has run. Make it with [Start]. Safe for
// concurrent use.
type Process struct {
	name  string
	url   string
	end   func() // tells it to end
	ended chan struct{}
	err   error // what it ended with
}

// Start starts the program, on a free port of the loopback interface. Stop it.
func Start(s Settings) (*Process, error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("a socket for %s: %w", s.Name, err)
	}
	handed, err := l.File()
	if err != nil {
		return nil, fmt.Errorf("a socket for %s: %w", s.Name, errors.Join(err, l.Close()))
	}
	p := &Process{name: s.Name, url: "http://" + l.Addr().String(), ended: make(chan struct{})}
	err = p.start(s, handed)
	if err := errors.Join(err, handed.Close(), l.Close()); err != nil {
		if p.end != nil {
			p.Stop()
		}
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	return p, nil
}

var errLeft = errors.New("it left by itself")

// start starts the program, and has somebody wait for its end.
func (p *Process) start(s Settings, handed *os.File) error {
	ctx, end := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, s.Path)
	cmd.Args = s.Args
	cmd.Env = append([]string{}, s.Env...) // nil would be this process's
	cmd.ExtraFiles = []*os.File{handed}
	cmd.SysProcAttr = apart()
	out := &lines{to: s.Out, prefix: s.Name + " | "}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = cmp.Or(s.Grace, grace)
	held, err := cmd.StdinPipe()
	if err != nil {
		end()
		return err
	}
	cmd.Cancel = sync.OnceValue(held.Close)
	if err := cmd.Start(); err != nil {
		end()
		return errors.Join(err, held.Close())
	}
	p.end = end
	s.Log.Debug("process started", "function", p.name, "pid", cmd.Process.Pid, "url", p.url)
	go func() {
		defer close(p.ended)
		p.err = cmp.Or(cmd.Wait(), errLeft)
		out.end()
		end()
	}()
	return nil
}

// URL is where the program answers.
func (p *Process) URL() string { return p.url }

// Ended is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err is why the program ended, once it has.
func (p *Process) Err() error { return p.err }

// Stop tells the program to end, gives it its grace for what it has in hand,
// kills it after that, and returns when it has ended.
func (p *Process) Stop() {
	p.end()
	<-p.ended
}

// Ready returns nil once the program has answered GET /readyz with 200, what it
// ended with where it did, or ctx's error.
func (p *Process) Ready(ctx context.Context) error {
	own := &http.Transport{}
	defer own.CloseIdleConnections()
	client := http.Client{Transport: own, Timeout: probeTime}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/readyz", nil)
		if err != nil {
			return err // its URL is our own
		}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close() // its status is all
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended before it was ready (%w): it has said why", p.name, p.err)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", p.name, ctx.Err())
		case <-time.After(probeWait):
		}
	}
}
