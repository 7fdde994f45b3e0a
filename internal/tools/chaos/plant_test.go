//go:build unix

package main

import (
	"os"
	"testing"

	mutant "tourbillon/internal/mutants/fault"
)

// TestPlants holds that every fault still fits the sources.
func TestPlants(t *testing.T) {
	faults, err := mutant.Load(os.DirFS("plants"))
	if err != nil || len(faults) < 3 {
		t.Fatalf("%d faults, %v", len(faults), err)
	}
	for _, f := range faults {
		_, remove, err := f.Overlay("../../..")
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		remove()
	}
}
