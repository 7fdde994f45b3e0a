package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is this repository's module path.
const module = "tourbillon"

// file is one parsed Go source.
type file struct {
	path  string // from the repository's root, with slashes
	lines int
	set   *token.FileSet
	tree  *ast.File
}

// read parses every Go source below fsys that the go command would look at.
func read(fsys fs.FS) ([]file, error) {
	var files []file
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && (ignored(d.Name()) || anotherModule(fsys, p)) {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(p) != ".go" {
			return nil
		}
		src, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		f := file{path: p, lines: strings.Count(string(src), "\n"), set: token.NewFileSet()}
		f.tree, err = parser.ParseFile(f.set, p, src, parser.ParseComments|parser.SkipObjectResolution)
		files = append(files, f)
		return err
	})
	return files, err
}

func ignored(folder string) bool {
	return folder == "testdata" || folder == "vendor" || strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

// anotherModule reports whether a folder is a module of its own, with rules of
// its own: knative/gates.
func anotherModule(fsys fs.FS, folder string) bool {
	_, err := fs.Stat(fsys, path.Join(folder, "go.mod"))
	return err == nil
}

// folder is the file's package path within the module.
func (f file) folder() string { return path.Dir(f.path) }

func (f file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// matches reports whether the file's path matches one of the patterns of
// [path.Match].
func (f file) matches(patterns ...string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, f.path); ok {
			return true
		}
	}
	return false
}

// complain words a complaint about a place in the file.
func (f file) complain(at ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: ", f.path, f.set.Position(at.Pos()).Line) + fmt.Sprintf(format, args...)
}

// imported returns the path of an import.
func imported(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
	return p
}

// use is one place that names something of another package: `time.Now`,
// called or not.
type use struct {
	node ast.Node
	name string
	arg  string // the first argument, where it is called with a literal string
}

// uses returns where the file names one of names of the package pkg.
func (f file) uses(pkg string, names ...string) []use {
	local := f.localName(pkg)
	if local == "" {
		return nil
	}
	var found []use
	args := make(map[ast.Expr]string)
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr: // comes before the selector in it
			if len(n.Args) > 0 {
				args[n.Fun] = literal(n.Args[0])
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && x.Name == local && slices.Contains(names, n.Sel.Name) {
				found = append(found, use{n, n.Sel.Name, args[n]})
			}
		}
		return true
	})
	return found
}

// localName returns what the file calls the package pkg, empty if it does not
// import it.
func (f file) localName(pkg string) string {
	for _, spec := range f.tree.Imports {
		if imported(spec) != pkg {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(pkg)
	}
	return ""
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, _ := strconv.Unquote(lit.Value)
	return s
}
