//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	mutant "tourbillon/internal/mutants/fault"
)

// plants is the folder of faults that a run must find.
const plants = "internal/tools/chaos/plants"

// plantAll plants the fault that is named, or each in turn, and returns an
// error unless it was found, every time.
func (o options) plantAll(ctx context.Context, out io.Writer) error {
	faults, err := mutant.Load(os.DirFS(plants))
	if err != nil {
		return fmt.Errorf("%s: %w", plants, err)
	}
	var survived []string
	planted := 0
	for _, f := range faults {
		if o.plant != "all" && o.plant != f.Name {
			continue
		}
		planted++
		fmt.Fprintf(out, "== planted: %s: %s\n", f.Name, f.Why)
		found, err := o.seeks(ctx, out, f)
		if err != nil {
			return fmt.Errorf("with %s planted: %w", f.Name, err)
		}
		if !found {
			survived = append(survived, f.Name)
		}
	}
	switch {
	case planted == 0:
		return fmt.Errorf("no fault in %s is called %q", plants, o.plant)
	case len(survived) > 0:
		return fmt.Errorf("not found: %s", strings.Join(survived, ", "))
	}
	fmt.Fprintf(out, "%d faults planted, and all found\n", planted)
	return nil
}

// seeks reports whether a run of the system with the fault in it breaks a
// promise.
func (o options) seeks(ctx context.Context, out io.Writer, f mutant.Fault) (bool, error) {
	overlay, remove, err := f.Overlay(".")
	if err != nil {
		return false, err
	}
	defer remove()
	if o.dir != "" {
		o.dir = filepath.Join(o.dir, f.Name)
		if err := os.MkdirAll(o.dir, 0o700); err != nil {
			return false, err
		}
	}
	o.hunt = true
	err = o.run(ctx, out, overlay)
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}
