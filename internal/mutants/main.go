package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"tourbillon/internal/mutants/fault"
)

// atOnce is how many tests run at a time.
const atOnce = 2

func main() {
	only := flag.String("run", "", "plant only the faults whose name this regexp matches")
	verbose := flag.Bool("v", false, "print what go test says")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l := lab{dir: ".", timeout: 2 * time.Minute}
	if err := l.plant(ctx, os.Stdout, *only, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// plant runs all faults that only matches, and prints a line for each.
func (l lab) plant(ctx context.Context, out io.Writer, only string, verbose bool) error {
	faults, err := l.choose(only)
	if err != nil {
		return err
	}
	if err := l.allHealthy(ctx, faults); err != nil {
		return err
	}
	var mu sync.Mutex
	survivors := 0
	each(faults, func(f fault.Fault) {
		r, err := l.try(ctx, f)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			fmt.Fprintf(out, "%-44s red after %5.1f s   %s\n", f.Name, r.took.Seconds(), f.Test)
		} else {
			survivors++
			fmt.Fprintf(out, "%-44s NOT RED: %v   %s\n    %s\n", f.Name, err, f.Test, f.Why)
		}
		if verbose || err != nil {
			fmt.Fprint(out, r.output)
		}
	})
	fmt.Fprintf(out, "%d faults planted, %d found by their tests\n", len(faults), len(faults)-survivors)
	if survivors > 0 {
		return fmt.Errorf("%d of %d faults not found", survivors, len(faults))
	}
	return nil
}

// choose loads the faults and keeps those that only matches.
func (l lab) choose(only string) ([]fault.Fault, error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(l.dir, "internal", "mutants", "faults")
	faults, err := fault.Load(os.DirFS(folder))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	faults = slices.DeleteFunc(faults, func(f fault.Fault) bool { return !pattern.MatchString(f.Name) })
	for _, f := range faults {
		if f.Test.Name == "" {
			return nil, fmt.Errorf("%s: %s names no test", folder, f.Name)
		}
	}
	if len(faults) == 0 {
		return nil, fmt.Errorf("no fault's name matches %q", only)
	}
	return faults, nil
}

// allHealthy demands that every test that a fault names is green without it.
func (l lab) allHealthy(ctx context.Context, faults []fault.Fault) error {
	var tests []fault.Test
	for _, f := range faults {
		if !slices.Contains(tests, f.Test) {
			tests = append(tests, f.Test)
		}
	}
	var mu sync.Mutex
	var first error
	each(tests, func(t fault.Test) {
		err := l.healthy(ctx, t)
		mu.Lock()
		defer mu.Unlock()
		if err != nil && first == nil {
			first = fmt.Errorf("test %s: %w", t, err)
		}
	})
	return first
}

// each calls do on every item, a few at a time, and returns when all are done.
func each[T any](items []T, do func(T)) {
	var wg sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for _, item := range items {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			do(item)
		})
	}
	wg.Wait()
}
