//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a stand-in may start.
const patience = 20 * time.Second

// starts makes a yard where nothing is missing, with a stand-in for a server,
// and returns what it says too. What runs in the end is killed.
func starts(t *testing.T, act string) (*yard, server, *bytes.Buffer) {
	t.Helper()
	said := new(bytes.Buffer)
	y := newYard(t.TempDir(), said)
	y.grace = 500 * time.Millisecond
	if err := os.MkdirAll(jars(y.dir), 0o700); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for _, n := range needs(true) {
		if err := script(filepath.Join(bin, n.program), ":"); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	s := acting(filepath.Join(y.dir, "standin"), act, freePort(t))
	t.Cleanup(func() {
		if p, _, err := s.noted(); err == nil && p.pid > 0 {
			_ = p.signal(syscall.SIGKILL)
		}
	})
	return y, s, said
}

func TestYard_UpAndDown(t *testing.T) {
	y, s, said := starts(t, "serve")
	if err := y.up(t.Context(), []chain{{s}}); err != nil {
		t.Fatal(err)
	}
	first, runs, err := s.noted()
	if err != nil || !runs || first.port != s.port || s.once(t.Context()) != nil {
		t.Fatalf("it is up and does not run: %+v %v %v", first, runs, err)
	}
	t.Run("a second time it runs already", func(t *testing.T) {
		said.Reset()
		if err := y.up(t.Context(), []chain{{s}}); err != nil {
			t.Fatal(err)
		}
		if again, _, _ := s.noted(); again != first || !strings.Contains(said.String(), "runs already at "+loopback(s.port)) {
			t.Errorf("got %+v after %+v, and it says %q", again, first, said.String())
		}
	})
	t.Run("elsewhere it is refused", func(t *testing.T) {
		other := s
		other.port++
		err := y.up(t.Context(), []chain{{other}})
		want := fmt.Sprintf("runs already, on port %d and not %d", s.port, other.port)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	})
	t.Run("killed it is started anew", func(t *testing.T) {
		if err := first.signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := first.leave(t.Context(), patience); err != nil {
			t.Fatal(err)
		}
		if err := y.up(t.Context(), []chain{{s}}); err != nil {
			t.Fatal(err)
		}
		if again, runs, _ := s.noted(); !runs || again == first {
			t.Errorf("got %+v after %+v", again, first)
		}
	})
	t.Run("down it is gone, and what it kept is there", func(t *testing.T) {
		p, _, _ := s.noted()
		if err := y.down(t.Context(), []chain{{s}}, false); err != nil {
			t.Fatal(err)
		}
		if p.runs() || !free(s.port) || exists(s.pidFile()) || !exists(s.outFile()) {
			t.Errorf("runs: %v, free: %v, noted: %v, kept: %v", p.runs(), free(s.port), exists(s.pidFile()), exists(s.outFile()))
		}
	})
	t.Run("wiped it has kept nothing", func(t *testing.T) {
		if err := y.down(t.Context(), []chain{{s}}, true); err != nil || exists(s.dir) || !exists(jars(y.dir)) {
			t.Errorf("%v; folder: %v, jars: %v", err, exists(s.dir), exists(jars(y.dir)))
		}
	})
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func TestYard_Up_APortThatIsTaken(t *testing.T) {
	y, s, _ := starts(t, "serve")
	l, err := net.Listen("tcp", loopback(s.port))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = y.up(t.Context(), []chain{{s}})
	want := fmt.Sprintf("Stand-in needs port %d, and something that make brokers did not start has it: stop that, or set STANDIN_PORT to another port", s.port)
	if err == nil || err.Error() != want || exists(s.pidFile()) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestYard_Up_WhatDoesNotAnswer(t *testing.T) {
	for act, want := range map[string]string{
		"die":  "it ended instead of answering (exit status 3); its logs are in ",
		"mute": "no answer at ",
	} {
		t.Run(act, func(t *testing.T) {
			y, s, _ := starts(t, act)
			if act == "mute" {
				s.patience = 300 * time.Millisecond
				ask := s.ask
				s.ask = func(ctx context.Context, addr string) error { // it may take longer than that to begin
					for deadline := time.Now().Add(patience); !strings.Contains(s.lastWords(), act) && time.Now().Before(deadline); {
						time.Sleep(5 * time.Millisecond)
					}
					return ask(ctx, addr)
				}
			}
			err := y.up(t.Context(), []chain{{s}})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "\n\tacting: "+act) {
				t.Errorf("got  %v\nwant %s and its last words", err, want)
			}
			if p, _, err := s.noted(); err != nil || p.pid != 0 {
				t.Errorf("it is noted still: %+v, %v", p, err)
			}
		})
	}
}

func TestYard_Down_WhatDoesNotStop(t *testing.T) {
	y, s, said := starts(t, "deaf")
	if err := y.up(t.Context(), []chain{{s}}); err != nil {
		t.Fatal(err)
	}
	p, _, _ := s.noted()
	if err := y.down(t.Context(), []chain{{s}}, false); err != nil || p.runs() || !strings.Contains(said.String(), "does not stop: killing it") {
		t.Errorf("%v, runs: %v, it says %q", err, p.runs(), said.String())
	}
}

// TestYard_Down_LeavesOthersAlone notes a process that is not the one that was
// started: its number was given to another.
func TestYard_Down_LeavesOthersAlone(t *testing.T) {
	y, s, said := starts(t, "serve")
	if err := s.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	mine, err := since(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.note(process{pid: os.Getpid(), port: 1, since: mine + "0"}); err != nil {
		t.Fatal(err)
	}
	if err := y.down(t.Context(), []chain{{s}}, false); err != nil || exists(s.pidFile()) || !strings.Contains(said.String(), "had ended already") {
		t.Errorf("%v, noted: %v, it says %q", err, exists(s.pidFile()), said.String())
	}
}

func TestYard_OneAtATime(t *testing.T) {
	y, s, _ := starts(t, "serve")
	release, err := lock(filepath.Join(y.dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := y.up(t.Context(), []chain{{s}}); err == nil || !strings.Contains(err.Error(), "another make brokers is at it") {
		t.Errorf("got %v", err)
	}
	release()
	if err := y.down(t.Context(), []chain{{s}}, false); err != nil {
		t.Error(err)
	}
}
