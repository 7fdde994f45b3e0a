package arch

import (
	"go/ast"
	"slices"
	"strings"
)

// auditor is the package that holds the records against the archive, and
// auditorReads all of ours that it may stand on, however far below.
const auditor = "internal/audit"

var auditorReads = []string{"events", "internal/booking", "internal/parse", "internal/store"}

// plain are the functions of the domain that decide nothing.
var plain = []string{"String", "GoString", "LogValue", "Statuses", "Digits", "Clone", "CategoryOf"}

// theAuditDecidesNothing complains where the audit would take over what it is
// to check: by an import, however far below, or by a call of the domain's.
func theAuditDecidesNothing(files []file) (no []string) {
	imports, decides := make(map[string][]string), make(map[string]bool)
	for _, f := range files {
		if f.isTest() {
			continue
		}
		for _, spec := range f.tree.Imports {
			if own, ok := strings.CutPrefix(imported(spec), module+"/"); ok {
				imports[f.folder()] = append(imports[f.folder()], own)
			}
		}
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.folder() == "internal/booking" && !slices.Contains(plain, fn.Name.Name) {
				decides[fn.Name.Name] = fn.Name.IsExported()
			}
		}
	}
	for _, f := range files {
		if f.folder() != auditor || f.isTest() {
			continue
		}
		for _, spec := range f.tree.Imports {
			own, ok := strings.CutPrefix(imported(spec), module+"/")
			if to := strays(imports, own); ok && to != "" {
				no = append(no, f.complain(spec, "the audit decides nothing: %s leads to %s", imported(spec), to))
			}
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && decides[s.Sel.Name] {
				no = append(no, f.complain(s, "the audit decides nothing: %s is of the domain", s.Sel.Name))
			}
			return true
		})
	}
	return no
}

// strays returns the first package, from this one down, that the audit may not
// stand on, or "".
func strays(imports map[string][]string, from string) string {
	if from == "" {
		return ""
	}
	if !slices.Contains(auditorReads, from) {
		return from
	}
	for _, to := range imports[from] {
		if found := strays(imports, to); found != "" {
			return found
		}
	}
	return ""
}
