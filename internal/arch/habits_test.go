package arch

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
)

// pure are the packages that decide: time and chance are arguments there.
var pure = []string{"internal/booking", "saga", "events"}

// timeIsAnArgument complains of clocks and dice in the packages that decide.
func timeIsAnArgument(files []file) (no []string) {
	for _, f := range files {
		if f.isTest() || !slices.Contains(pure, f.folder()) {
			continue
		}
		for _, u := range f.uses("time", "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker") {
			no = append(no, f.complain(u.node, "time.%s: in %s, time is an argument", u.name, f.folder()))
		}
		for _, spec := range f.tree.Imports {
			if slices.Contains([]string{"math/rand", "math/rand/v2", "crypto/rand"}, imported(spec)) {
				no = append(no, f.complain(spec, "%s: in %s, chance is an argument", imported(spec), f.folder()))
			}
		}
	}
	return no
}

// printers are the packages that speak to a person at a terminal.
var printers = []string{"cmd/*", "internal/sim", "internal/gen", "internal/mutants", "internal/tools/*"}

// programsPrint complains of printing anywhere but in programs.
func programsPrint(files []file) (no []string) {
	for _, f := range files {
		prints := slices.ContainsFunc(printers, func(p string) bool { ok, _ := path.Match(p, f.folder()); return ok })
		if f.isTest() || prints {
			continue
		}
		for _, u := range f.uses("fmt", "Print", "Printf", "Println") {
			no = append(no, f.complain(u.node, "fmt.%s: only programs print; log, or return it", u.name))
		}
	}
	return no
}

var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)

// nothingIsLeftForLater complains of comments that announce work.
func nothingIsLeftForLater(files []file) (no []string) {
	for _, f := range files {
		for _, group := range f.tree.Comments {
			for _, c := range group.List {
				if mark := unfinished.FindString(c.Text); mark != "" {
					no = append(no, f.complain(c, "%s: do it, or file an issue", mark))
				}
			}
		}
	}
	return no
}

// emptyNames say nothing about what a package is for.
var emptyNames = []string{"util", "utils", "common", "models", "types", "helper", "helpers"}

// namesSaySomething complains of packages named for nothing.
func namesSaySomething(files []file) (no []string) {
	for _, f := range files {
		if slices.Contains(emptyNames, f.tree.Name.Name) || slices.Contains(emptyNames, path.Base(f.folder())) {
			no = append(no, f.complain(f.tree.Name, "package %s in %s: name it for what it does", f.tree.Name.Name, f.folder()))
		}
	}
	return no
}

// handwritten returns the files that are not generated, and are tests or not.
func handwritten(files []file, tests bool) []file {
	return slices.DeleteFunc(slices.Clone(files), func(f file) bool {
		return ast.IsGenerated(f.tree) || f.isTest() != tests
	})
}
