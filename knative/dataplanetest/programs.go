package dataplanetest

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Programs are the paths of Knative's programs.
type Programs struct{ Ingress, Dispatcher string }

// Build builds the programs into a folder, which takes a minute the first time
// on a machine. It needs the source of this module.
func Build(ctx context.Context, into string) (Programs, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "tourbillon").Output()
	if err != nil {
		return Programs{}, fmt.Errorf("find the source of this module: %w", err)
	}
	into, err = filepath.Abs(into)
	if err != nil {
		return Programs{}, err
	}
	const theirs = "knative.dev/eventing-rabbitmq/cmd/"
	build := exec.CommandContext(ctx, "go", "build", "-o", into+"/", theirs+"ingress", theirs+"dispatcher")
	build.Dir = filepath.Join(strings.TrimSpace(string(root)), "knative", "dataplanetest", "programs")
	var said bytes.Buffer
	build.Stderr = &said
	if err := build.Run(); err != nil {
		return Programs{}, fmt.Errorf("build Knative's programs: %w: %s", err, said.String())
	}
	return Programs{filepath.Join(into, "ingress"), filepath.Join(into, "dispatcher")}, nil
}
