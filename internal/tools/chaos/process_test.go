//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shell is a program that answers once the file ready is there.
func shell(t *testing.T, script string) (*process, string) {
	dir := t.TempDir()
	ready := filepath.Join(dir, "ready")
	p := &process{
		name: "it", log: filepath.Join(dir, "log"),
		make: func() *exec.Cmd {
			cmd := exec.Command("sh", "-c", script)
			cmd.Dir = dir
			return cmd
		},
		ready: func(ctx context.Context) error {
			return until(ctx, 5*time.Millisecond, func(context.Context) error {
				_, err := os.Stat(ready)
				return err
			})
		},
	}
	t.Cleanup(p.kill)
	return p, dir
}

// soon asks until it is so.
func soon(t *testing.T, what string, ask func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := until(ctx, 5*time.Millisecond, func(context.Context) error {
		if ask() {
			return nil
		}
		return errors.New("not yet")
	})
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func TestProcess(t *testing.T) {
	t.Run("what is killed is gone with what it started, and no crash", func(t *testing.T) {
		p, dir := shell(t, "(while true; do date > beats; sleep 0.02; done) & touch ready; wait")
		if err := p.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		beats := filepath.Join(dir, "beats")
		here := func() bool { _, err := os.Stat(beats); return err == nil }
		soon(t, "it beats", here)
		p.kill()
		soon(t, "it beats no more", func() bool {
			if err := os.Remove(beats); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			time.Sleep(60 * time.Millisecond) // three of its beats
			return !here()
		})
		if all := p.crashed(); len(all) > 0 {
			t.Errorf("crashed: %v", all)
		}
	})
	t.Run("what ends by itself is a crash", func(t *testing.T) {
		p, dir := shell(t, "touch ready; while [ ! -e end ]; do sleep 0.02; done; exit 3")
		if err := p.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "end"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		var all []string
		soon(t, "it crashes", func() bool { all = append(all, p.crashed()...); return len(all) > 0 })
		if len(all) != 1 || !strings.Contains(all[0], "exit status 3") {
			t.Errorf("crashed: %v", all)
		}
	})
	t.Run("what cannot start yet is started again", func(t *testing.T) {
		p, _ := shell(t, "if [ ! -e tried ]; then touch tried; exit 1; fi; touch ready; exec sleep 60")
		if err := p.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if all := p.crashed(); len(all) > 0 || p.refused != 1 {
			t.Errorf("crashed: %v; refused to start %d times", all, p.refused)
		}
	})
	t.Run("what is frozen goes on when it is thawed", func(t *testing.T) {
		p, dir := shell(t, "touch ready; while true; do date +%N > beats; sleep 0.02; done")
		if err := p.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		beat := func() string { raw, _ := os.ReadFile(filepath.Join(dir, "beats")); return string(raw) }
		soon(t, "it beats", func() bool { return beat() != "" })
		p.freeze()
		var still string
		soon(t, "it stands still", func() bool {
			was := still
			still = beat()
			time.Sleep(100 * time.Millisecond) // five of its beats
			return was == still && still == beat()
		})
		p.thaw()
		soon(t, "it goes on", func() bool { return beat() != still })
		p.end(5 * time.Second)
		if all := p.crashed(); len(all) > 0 {
			t.Errorf("crashed: %v", all)
		}
	})
}
