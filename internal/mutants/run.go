package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// lab runs tests on the sources below dir.
type lab struct {
	dir     string
	timeout time.Duration // of one test
}

// run is one call of go test.
type run struct {
	failed bool
	output string
	took   time.Duration
}

// healthy demands that a test passes, and really runs, without any fault.
func (l lab) healthy(ctx context.Context, t test) error {
	r, err := l.goTest(ctx, t, "")
	switch {
	case err != nil:
		return err
	case r.failed:
		return fmt.Errorf("it is red without any fault:\n%s", r.output)
	case !says(r.output, "PASS", t):
		return errors.New("there is no such test: nothing ran, or it was skipped")
	}
	return nil
}

// try plants the fault and runs its test. The error says why the fault was
// not killed.
func (l lab) try(ctx context.Context, f fault) (run, error) {
	source := filepath.Join(l.dir, filepath.FromSlash(f.file))
	text, err := os.ReadFile(source)
	if err != nil {
		return run{}, err
	}
	faulty, err := f.apply(string(text))
	if err != nil {
		return run{}, err
	}
	overlay, remove, err := l.overlay(source, faulty)
	if err != nil {
		return run{}, err
	}
	defer remove()
	r, err := l.goTest(ctx, f.test, overlay)
	if err != nil {
		return r, err
	}
	return r, judge(r, f)
}

// judge returns why a fault's test did not turn red as it should, nil if it
// did.
func judge(r run, f fault) error {
	switch {
	case !r.failed:
		return errors.New("it survives")
	case strings.Contains(r.output, "[build failed]"), strings.Contains(r.output, "[setup failed]"):
		return errors.New("it does not compile")
	case strings.Contains(r.output, "panic: test timed out"):
		if !f.hangs {
			return errors.New("its test hangs, and it does not say \"hangs: yes\"")
		}
	case !says(r.output, "FAIL", f.test):
		return errors.New("go test fails, and not by that test")
	}
	return nil
}

// says reports whether go test has said the word (PASS, FAIL) of the test.
func says(output, word string, t test) bool {
	return regexp.MustCompile(`(?m)^ *--- ` + word + `: (?:` + t.name + `) \(`).MatchString(output)
}

// overlay writes the faulty source, and the file that makes the go command
// take it for the true one, to a folder that remove removes.
func (l lab) overlay(source, faulty string) (file string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) } // the system clears its temporary files too
	abs, err := filepath.Abs(source)
	if err != nil {
		return "", remove, err
	}
	stand := filepath.Join(dir, filepath.Base(source))
	list, err := json.Marshal(map[string]map[string]string{"Replace": {abs: stand}})
	if err != nil {
		return "", remove, err
	}
	file = filepath.Join(dir, "overlay.json")
	return file, remove, errors.Join(os.WriteFile(stand, []byte(faulty), 0o600), os.WriteFile(file, list, 0o600))
}

// goTest runs one test. An error is that it could not be run at all.
func (l lab) goTest(ctx context.Context, t test, overlay string) (run, error) {
	args := []string{"test", "-v", "-vet=off", "-count=1", "-timeout=" + l.timeout.String(), "-run=" + anchored(t.name)}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, t.pkg)...)
	cmd.Dir = l.dir
	cmd.WaitDelay = 5 * time.Second
	began := time.Now()
	output, err := cmd.CombinedOutput()
	r := run{failed: err != nil, output: string(output), took: time.Since(began)}
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		return r, nil
	}
	return r, err
}

// anchored makes each level of a test's name match whole names only.
func anchored(name string) string {
	levels := strings.Split(name, "/")
	for i, level := range levels {
		levels[i] = "^(" + level + ")$"
	}
	return strings.Join(levels, "/")
}
