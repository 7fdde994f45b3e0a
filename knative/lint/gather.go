package lint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mostBytes bounds what is read in all.
const mostBytes = 64 << 20

// Gather reads the files at the paths: a file, a folder with all that is in
// it, or "-", which is in. Of a folder with a kustomization it reads the
// resources that are named there, wherever they are; nothing is fetched, and
// no patch is applied. A file is read once.
func Gather(in io.Reader, paths ...string) ([]File, error) {
	g := &gatherer{seen: map[string]bool{}, left: mostBytes}
	for _, path := range paths {
		var err error
		if path == "-" {
			var text []byte
			if text, err = io.ReadAll(io.LimitReader(in, mostBytes)); err == nil {
				g.files = append(g.files, File{"-", text})
			}
		} else {
			err = g.path(path, true)
		}
		if err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
	}
	return g.files, nil
}

// FromFS reads the manifests at the top of fsys.
func FromFS(fsys fs.FS) ([]File, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	var files []File
	for _, e := range entries {
		if e.IsDir() || !isYAML(e.Name()) {
			continue
		}
		text, err := fs.ReadFile(fsys, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
		files = append(files, File{e.Name(), text})
	}
	return files, nil
}

type gatherer struct {
	files []File
	seen  map[string]bool // by absolute path
	left  int
}

func isYAML(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
}

// kustomizations are the names of the file that says what a folder is made of.
var kustomizations = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// path reads a file or folder; asked says that a person named it.
func (g *gatherer) path(path string, asked bool) error {
	whole, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if g.seen[whole] {
		return nil
	}
	g.seen[whole] = true
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return g.folder(path)
	case !info.Mode().IsRegular() || !asked && !isYAML(path):
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if g.left -= len(text); g.left < 0 {
		return errors.New("more than 64 MiB: name the folders of manifests alone")
	}
	g.files = append(g.files, File{filepath.ToSlash(path), text})
	return nil
}

func (g *gatherer) folder(dir string) error {
	for _, name := range kustomizations {
		file := filepath.Join(dir, name)
		if _, err := os.Stat(file); err == nil {
			return g.kustomization(dir, file)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		hidden := strings.HasPrefix(e.Name(), ".")
		if e.Type()&fs.ModeSymlink != 0 || hidden {
			continue
		}
		if err := g.path(filepath.Join(dir, e.Name()), false); err != nil {
			return err
		}
	}
	return nil
}

// kustomization reads what a folder is made of.
func (g *gatherer) kustomization(dir, file string) error {
	if err := g.path(file, true); err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var n yaml.Node
	if yaml.Unmarshal(text, &n) != nil || len(n.Content) == 0 {
		return nil // reading it again says so
	}
	top := field{n.Content[0], 1}
	for _, key := range []string{"resources", "bases", "components"} {
		for _, item := range top.at(key).items() {
			path := filepath.Join(dir, filepath.FromSlash(item.text()))
			remote := strings.Contains(item.text(), "://") || strings.Contains(item.text(), "?ref=") || item.text() == ""
			if _, err := os.Stat(path); remote || err != nil {
				continue
			}
			if err := g.path(path, true); err != nil {
				return err
			}
		}
	}
	return nil
}
