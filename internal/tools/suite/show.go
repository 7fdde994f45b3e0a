package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
}

// tally is how the tests ended; a package that does not build, or dies, is a
// failed test.
type tally struct {
	passed, failed int
	skipped        []string       // package and name
	good           map[event]bool // those that passed, by package and test
}

// verdict returns an error if a run that ended like that is not a good one.
func (t tally) verdict(noskip bool) error {
	switch {
	case t.failed > 0:
		return fmt.Errorf("%d tests failed", t.failed)
	case t.passed == 0:
		return errors.New("no test passed: did any run?")
	case noskip && len(t.skipped) > 0:
		return fmt.Errorf("%d tests were skipped", len(t.skipped))
	}
	return nil
}

// show prints the stream of go test -json as go test would have, then the
// tally as the last line.
func show(out io.Writer, stream io.Reader) (tally, error) {
	w := watch{tally: tally{good: make(map[event]bool)}, said: make(map[event]string), red: make(map[string]bool)}
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(out, lines.Text()) // not every line of go test is JSON
			continue
		}
		fmt.Fprint(out, w.take(e))
	}
	for _, name := range w.skipped {
		fmt.Fprintln(out, "SKIPPED", name)
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", w.passed, w.failed, len(w.skipped))
	return w.tally, lines.Err()
}

// watch is what has been seen of a run.
type watch struct {
	tally
	said map[event]string // by tests under way, by package and test
	red  map[string]bool  // packages with a failed test
}

// take counts an event and returns what is to be printed of it: what go test
// says of packages and builds, and what failed tests have said.
func (w *watch) take(e event) string {
	key := event{Package: e.Package, Test: e.Test}
	switch {
	case e.Action == "build-output", e.Action == "output" && e.Test == "":
		return summary(e.Output)
	case e.Action == "output":
		w.said[key] += e.Output
	case e.Action == "fail" && e.Test == "":
		return w.died(e.Package)
	case e.Action == "fail":
		defer delete(w.said, key)
		w.failed++
		w.red[e.Package] = true
		return w.said[key]
	case e.Action == "pass" && e.Test != "":
		w.passed++
		w.good[key] = true
		delete(w.said, key)
	case e.Action == "skip" && e.Test != "":
		w.skipped = append(w.skipped, e.Package+" "+e.Test)
		delete(w.said, key)
	}
	return ""
}

// died returns what a failed package's tests have said that did not end. A
// package that failed by no test of its own counts as one.
func (w *watch) died(pkg string) string {
	if !w.red[pkg] {
		w.failed++
	}
	var all []string
	for key, said := range w.said {
		if key.Package == pkg {
			all = append(all, said)
			delete(w.said, key)
		}
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

// summary drops from go test's lines on a package what is of no use when all
// packages are covered together.
func summary(line string) string {
	if line == "PASS\n" || strings.HasPrefix(line, "coverage: ") {
		return ""
	}
	if strings.HasPrefix(line, "\t") && strings.Contains(line, "coverage: ") { // no test files
		return ""
	}
	if short, _, cut := strings.Cut(line, "\tcoverage: "); cut {
		return short + "\n"
	}
	return line
}
