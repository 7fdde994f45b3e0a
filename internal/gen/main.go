package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	only := flag.Bool("check", false, "write nothing; fail if a file is not as it would be written")
	flag.Parse()
	if err := run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run finds the repository, generates, and writes or compares.
func run(only bool) error {
	root, err := repository()
	if err != nil {
		return err
	}
	files, err := generate(os.DirFS(root))
	if err != nil {
		return err
	}
	if only {
		return check(root, files)
	}
	return write(root, files)
}

// file is one generated file; its path is from the repository's root.
type file struct {
	path string
	text []byte
}

// generate makes every file; repo is the repository.
func generate(repo fs.FS) ([]file, error) {
	c, err := read(repo)
	if err != nil {
		return nil, err
	}
	asyncapi, err := c.asyncapi()
	if err != nil {
		return nil, fmt.Errorf("asyncapi: %w", err)
	}
	page, err := c.markdown()
	if err != nil {
		return nil, fmt.Errorf("markdown: %w", err)
	}
	types, err := c.eventTypes()
	if err != nil {
		return nil, fmt.Errorf("event types: %w", err)
	}
	return []file{{"docs/events.md", page}, {"events/asyncapi.yaml", asyncapi}, {"knative/base/eventtypes.yaml", types}}, nil
}

// write writes the files that changed.
func write(root string, files []file) error {
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.path))
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, f.text) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// check complains of every file that is not as it is generated.
func check(root string, files []file) error {
	var wrong []error
	for _, f := range files {
		old, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.path)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			wrong = append(wrong, fmt.Errorf("%s is missing: run go generate ./internal/gen", f.path))
		case err != nil:
			wrong = append(wrong, err)
		case !bytes.Equal(old, f.text):
			wrong = append(wrong, fmt.Errorf("%s:%d is not as it is generated: run go generate ./internal/gen", f.path, differs(old, f.text)))
		}
	}
	return errors.Join(wrong...)
}

// differs is the first line, from 1, in which two texts differ.
func differs(a, b []byte) int {
	x, y := strings.SplitAfter(string(a), "\n"), strings.SplitAfter(string(b), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return i + 1
		}
	}
	return min(len(x), len(y)) + 1
}

// repository is the folder of go.mod, which is here or above.
func repository() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod here or above: run it inside the repository")
		}
	}
}
