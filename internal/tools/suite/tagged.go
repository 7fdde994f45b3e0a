package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tagged are the tests that there are with a build tag alone, by package.
type tagged map[string][]string

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
}

// findTagged lists the packages that match the patterns twice, and reads the
// test files that are there with the tag alone.
func findTagged(tag string, patterns []string) (tagged, error) {
	without, err := list("", patterns)
	if err != nil {
		return nil, err
	}
	with, err := list(tag, patterns)
	if err != nil {
		return nil, err
	}
	found := tagged{}
	for name, p := range with {
		if gone := less(files(without[name]), files(p)); len(gone) > 0 {
			return nil, fmt.Errorf("%s is left out with the tag %s, and so by vet and staticcheck: give it no such constraint", gone[0], tag)
		}
		more := less(files(p), files(without[name]))
		if len(more) == 0 {
			continue
		}
		if found[name], err = tests(more); err != nil {
			return nil, err
		}
		if len(found[name]) == 0 {
			return nil, fmt.Errorf("%s has files with the tag %s and no test in them: %s", name, tag, strings.Join(more, " "))
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no package has tests with the tag %s", tag)
	}
	return found, nil
}

// list asks go for packages, by import path.
func list(tag string, patterns []string) (map[string]listed, error) {
	cmd := exec.Command("go", append([]string{"list", "-tags=" + tag, "-json=ImportPath,Dir,GoFiles,TestGoFiles,XTestGoFiles"}, patterns...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	all := map[string]listed{}
	for stream := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		switch err := stream.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("go list: %w", err)
		}
		all[p.ImportPath] = p
	}
}

// files are the paths of a package's sources.
func files(p listed) (paths []string) {
	for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
		paths = append(paths, filepath.Join(p.Dir, name))
	}
	return paths
}

// less returns what is in a and not in b.
func less(a, b []string) (rest []string) {
	for _, s := range a {
		if !slices.Contains(b, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

// tests are the names of the tests in the files.
func tests(paths []string) (names []string, err error) {
	for _, path := range paths {
		if !strings.HasSuffix(path, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && isTest(f) {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names, nil
}

// isTest reports whether go test would run the function: TestX and Test_x, but
// neither Testing nor TestMain.
func isTest(f *ast.FuncDecl) bool {
	rest, ok := strings.CutPrefix(f.Name.Name, "Test")
	if !ok || f.Recv != nil || f.Name.Name == "TestMain" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || !unicode.IsLower(first)
}

// args are go test's, for these tests and no others.
func (ts tagged) args(tag string) []string {
	var names []string
	for _, some := range ts {
		names = append(names, some...)
	}
	slices.Sort(names)
	return append([]string{"-tags=" + tag, "-run=^(" + strings.Join(slices.Compact(names), "|") + ")$"}, slices.Sorted(maps.Keys(ts))...)
}

// missing returns an error if a package of them has none that passed.
func (ts tagged) missing(passed map[event]bool) (err error) {
	for _, pkg := range slices.Sorted(maps.Keys(ts)) {
		ran := slices.ContainsFunc(ts[pkg], func(name string) bool { return passed[event{Package: pkg, Test: name}] })
		if !ran {
			err = errors.Join(err, fmt.Errorf("%s: none of its tests passed: %s", pkg, strings.Join(ts[pkg], " ")))
		}
	}
	return err
}
