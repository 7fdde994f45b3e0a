package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// The bounds, in lines.
const (
	maxFile        = 300
	maxTestFile    = 400
	maxFunction    = 60
	medianFile     = 120
	medianFunction = 10
)

// tooLong are the files ("saga/plan.go") and functions ("saga/plan.go New")
// that may be over their bound, and why. Generated files are not counted.
var tooLong = map[string]string{}

// filesFit complains of files that are too long to read in one sitting.
func filesFit(files []file) (no []string) {
	for _, f := range handwritten(files, false) {
		if f.lines > maxFile && tooLong[f.path] == "" {
			no = append(no, f.complain(f.tree, "%d lines, more than %d", f.lines, maxFile))
		}
	}
	for _, f := range handwritten(files, true) {
		if f.lines > maxTestFile && tooLong[f.path] == "" {
			no = append(no, f.complain(f.tree, "%d lines of tests, more than %d", f.lines, maxTestFile))
		}
	}
	return no
}

// functionsFit complains of functions that do not fit on a page.
func functionsFit(files []file) (no []string) {
	for _, f := range handwritten(files, false) {
		for _, fn := range f.functions() {
			if fn.lines > maxFunction && tooLong[f.path+" "+fn.name] == "" {
				no = append(no, f.complain(fn.node, "%s has %d lines, more than %d", fn.name, fn.lines, maxFunction))
			}
		}
	}
	return no
}

// mostAreShort complains if the median file or function is too long.
func mostAreShort(files []file) (no []string) {
	var lengths, bodies []int
	for _, f := range handwritten(files, false) {
		lengths = append(lengths, f.lines)
		for _, fn := range f.functions() {
			bodies = append(bodies, fn.lines)
		}
	}
	if m := median(lengths); m > medianFile {
		no = append(no, fmt.Sprintf("the median file has %d lines, more than %d", m, medianFile))
	}
	if m := median(bodies); m > medianFunction {
		no = append(no, fmt.Sprintf("the median function has %d lines, more than %d", m, medianFunction))
	}
	return no
}

// median returns the middle one, the upper of two, and 0 of none.
func median(of []int) int {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[len(of)/2]
}

// function is one function of a file. Lines are those between its braces, at
// least 1.
type function struct {
	node  ast.Node
	name  string
	lines int
}

// functions returns the file's functions, literals in declarations included;
// a literal inside a function counts as part of it.
func (f file) functions() []function {
	var all []function
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Body != nil {
				all = append(all, function{n, n.Name.Name, f.between(n.Body.Lbrace, n.Body.Rbrace)})
			}
			return false
		case *ast.FuncLit:
			all = append(all, function{n, "a function literal", f.between(n.Body.Lbrace, n.Body.Rbrace)})
			return false
		}
		return true
	})
	return all
}

func (f file) between(open, end token.Pos) int {
	return max(1, f.set.Position(end).Line-f.set.Position(open).Line-1)
}
