package gates

import (
	"bytes"
	"os/exec"
	"testing"
)

// TestLint is the third gate: what a cluster would take, and silently do
// otherwise. The program says that, which is another module.
func TestLint(t *testing.T) {
	for _, folder := range folders(t) {
		t.Run(folder, func(t *testing.T) {
			var all bytes.Buffer
			for _, o := range built(t, folder) {
				all.WriteString("---\n")
				all.Write(o.Text)
			}
			lint := exec.CommandContext(t.Context(), "go", "run", "./cmd/tourbillon", "lint", "-strict", "-f", "-")
			lint.Dir, lint.Stdin = "../..", &all
			if said, err := lint.CombinedOutput(); err != nil {
				t.Errorf("%v:\n%s", err, said)
			}
		})
	}
}
