package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnchanged(t *testing.T) {
	write := func(dir, file, text string) error {
		return os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600)
	}
	for name, c := range map[string]struct {
		do   func(dir string) error
		want string
	}{
		"nothing written":   {func(string) error { return nil }, ""},
		"the same written":  {func(dir string) error { return write(dir, "a.go", "a") }, ""},
		"another text":      {func(dir string) error { return write(dir, "a.go", "b") }, "commit them): a.go"},
		"a new file":        {func(dir string) error { return write(dir, "b.go", "b") }, "commit them): b.go"},
		"a file less":       {func(dir string) error { return os.Remove(filepath.Join(dir, "a.go")) }, "commit them): a.go"},
		"version control":   {func(dir string) error { return write(dir, ".git/index", "b") }, ""},
		"it cannot be done": {func(string) error { return errors.New("no gen") }, "no gen"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := errors.Join(os.Mkdir(filepath.Join(dir, ".git"), 0o700), write(dir, "a.go", "a"), write(dir, ".git/index", "a")); err != nil {
				t.Fatal(err)
			}
			err := unchanged(dir, func() error { return c.do(dir) })
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
