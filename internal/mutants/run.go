package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"tourbillon/internal/mutants/fault"
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
func (l lab) healthy(ctx context.Context, t fault.Test) error {
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
func (l lab) try(ctx context.Context, f fault.Fault) (run, error) {
	overlay, remove, err := f.Overlay(l.dir)
	if err != nil {
		return run{}, err
	}
	defer remove()
	r, err := l.goTest(ctx, f.Test, overlay)
	if err != nil {
		return r, err
	}
	return r, judge(r, f)
}

// judge returns why a fault's test did not turn red as it should, nil if it
// did.
func judge(r run, f fault.Fault) error {
	switch {
	case !r.failed:
		return errors.New("it survives")
	case strings.Contains(r.output, "[build failed]"), strings.Contains(r.output, "[setup failed]"):
		return errors.New("it does not compile")
	case strings.Contains(r.output, "panic: test timed out"):
		if !f.Hangs {
			return errors.New("its test hangs, and it does not say \"hangs: yes\"")
		}
	case !says(r.output, "FAIL", f.Test):
		return errors.New("go test fails, and not by that test")
	}
	return nil
}

// says reports whether go test has said the word (PASS, FAIL) of the test.
func says(output, word string, t fault.Test) bool {
	return regexp.MustCompile(`(?m)^ *--- ` + word + `: (?:` + t.Name + `) \(`).MatchString(output)
}

// goTest runs one test. An error is that it could not be run at all.
func (l lab) goTest(ctx context.Context, t fault.Test, overlay string) (run, error) {
	args := []string{"test", "-v", "-vet=off", "-count=1", "-timeout=" + l.timeout.String(), "-run=" + anchored(t.Name)}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, t.Package)...)
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
