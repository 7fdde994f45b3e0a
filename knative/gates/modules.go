package gates

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// folderOf is where a module's files are.
func folderOf(module string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("find module %s (does go.mod have it?): %w", module, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// shipped is what a ConfigMap says that a module ships. What stands below
// _example there is an example, and counts for nothing.
func shipped(module, file string) (map[string]string, error) {
	folder, err := folderOf(module)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "config/core/configmaps", file))
	if err != nil {
		return nil, err
	}
	var cm struct {
		Data map[string]string `json:"data"`
	}
	if err := yaml.Unmarshal(text, &cm); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	delete(cm.Data, "_example")
	return cm.Data, nil
}
