package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says how bad a finding is.
type Severity string

// The severities. An error does not work, or loses or repeats events without a
// word; a warning does so under some circumstances, or is not what it looks like.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing that is wrong, where it is, and what to do.
type Finding struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"`
	Object   string   `json:"object,omitempty"` // kind and name
	What     string   `json:"what"`
	Why      string   `json:"why"`
	Instead  string   `json:"instead"`
	Source   string   `json:"source,omitempty"` // where it is known from
}

// String is the finding on a few lines.
func (f Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s: %s: ", f.File, f.Line, f.Severity, f.Rule)
	if f.Object != "" {
		b.WriteString(f.Object + ": ")
	}
	fmt.Fprintf(&b, "%s\n    why: %s\n    instead: %s\n", f.What, f.Why, f.Instead)
	if f.Source != "" {
		fmt.Fprintf(&b, "    source: %s\n", f.Source)
	}
	return b.String()
}

// Rule is one thing to look for.
type Rule struct {
	Name     string   `json:"name"`
	Severity Severity `json:"severity"`
	About    string   `json:"about"`            // what it looks for
	Why      string   `json:"why"`              // why that matters
	Source   string   `json:"source,omitempty"` // where it is known from

	check func(*pass)
}

// pass is one rule at work.
type pass struct {
	*set
	before  *set // the version before, nil where none was given
	options Options
	rule    Rule
	found   []Finding
}

// report says what is wrong at a field of a manifest.
func (p *pass) report(o *object, f field, instead, what string, args ...any) {
	if allows(o.allowed, p.rule.Name, f.line) {
		return
	}
	p.found = append(p.found, Finding{
		File: o.file, Line: max(f.line, 1), Severity: p.rule.Severity, Rule: p.rule.Name, Object: o.String(),
		What: fmt.Sprintf(what, args...), Why: p.rule.Why, Instead: instead, Source: p.rule.Source,
	})
}

// sorted puts findings in the order of files and lines, each once.
func sorted(all []Finding) []Finding {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.What, b.What))
	})
	return append([]Finding{}, slices.Compact(all)...)
}
