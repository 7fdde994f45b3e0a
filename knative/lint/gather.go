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
)

// mostBytes bounds what is read in all.
const mostBytes = 64 << 20

// Gather reads the files at the paths: a file, a folder with all that is in
// it, or "-", which is in. Of a folder with a kustomization it reads the
// resources that are named there, wherever they are, and what is beside them
// and named nowhere; nothing is fetched, and no patch is applied. A file is
// read once.
func Gather(in io.Reader, paths ...string) ([]File, error) {
	g := &gatherer{seen: map[string]bool{}, named: map[string]bool{}, left: mostBytes}
	for _, path := range paths {
		var err error
		if path == "-" {
			err = g.piped(in)
		} else {
			err = g.path(path, true)
		}
		if err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
	}
	if err := g.unlisted(); err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
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
		files = append(files, File{Name: e.Name(), Text: text})
	}
	return files, nil
}

type gatherer struct {
	files []File
	seen  map[string]bool // by absolute path
	left  int

	// Of kustomizations: all that one names, by absolute path, and what lies in
	// the folder of one.
	named  map[string]bool
	beside []string
}

func isYAML(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
}

func (g *gatherer) add(f File) error {
	if g.left -= len(f.Text); g.left < 0 {
		return errors.New("more than 64 MiB: name the folders of manifests alone")
	}
	g.files = append(g.files, f)
	return nil
}

func (g *gatherer) piped(in io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(in, int64(g.left)+1))
	if err != nil {
		return err
	}
	return g.add(File{Name: "-", Text: text})
}

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
	return g.add(File{Name: filepath.ToSlash(path), Text: text})
}

func (g *gatherer) folder(dir string) error {
	for _, name := range kustomizations {
		file := filepath.Join(dir, name)
		if _, err := os.Stat(file); err == nil {
			if read, err := g.kustomization(dir, file); read || err != nil {
				return err
			}
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
