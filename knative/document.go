package knative

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// complaint is one thing that is wrong, where it is, and what to do.
type complaint struct {
	file string
	line int
	text string
}

func (c complaint) Error() string { return fmt.Sprintf("%s:%d: %s", c.file, c.line, c.text) }

// findings is what reading brought to light.
type findings struct {
	wrong  []complaint
	unused []use
}

// use is a field, or a whole manifest, that is read and not acted on: where it
// was met first, and how often.
type use struct {
	what  string
	first complaint
	times int
}

func (f *findings) complain(file string, line int, format string, args ...any) {
	f.wrong = append(f.wrong, complaint{file, line, fmt.Sprintf(format, args...)})
}

// err is all complaints, in the order of the files and their lines.
func (f *findings) err() error {
	slices.SortStableFunc(f.wrong, func(a, b complaint) int {
		return cmp.Or(cmp.Compare(a.file, b.file), a.line-b.line)
	})
	var all []error
	for _, c := range slices.Compact(f.wrong) {
		all = append(all, c)
	}
	return errors.Join(all...)
}

// notes words the fields that are not acted on, a line each.
func (f *findings) notes() []string {
	var lines []string
	for _, u := range f.unused {
		lines = append(lines, fmt.Sprintf("%s (%dx, first at %s:%d)", u.what, u.times, u.first.file, u.first.line))
	}
	slices.Sort(lines)
	return lines
}

// document is one YAML document of a file. It knows on which line each of its
// fields is, by the field's path.
type document struct {
	*findings
	file       string
	line       int
	kind, name string
	lines      map[string]int
}

// at is the line of the field, or of the nearest one around it that is there.
func (d *document) at(path string) int {
	for path != "" {
		if line, ok := d.lines[path]; ok {
			return line
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return d.line
}

// has reports whether the field is there and not null.
func (d *document) has(path string) bool { return d.lines[path] > 0 }

// complain says what is wrong with the field and what to do. The text holds
// names of fields and of things, and no other value: that may be a secret.
func (d *document) complain(path, format string, args ...any) {
	text := strings.TrimSpace(d.kind + " " + d.name)
	if path != "" {
		text += ": " + path
	}
	d.findings.complain(d.file, d.at(path), "%s: %s", text, fmt.Sprintf(format, args...))
}

var index = regexp.MustCompile(`\[\d+\]`)

// idle notes a field that is read and not acted on; without a path, the whole
// manifest.
func (d *document) idle(path string) {
	what := strings.TrimSuffix(d.kind+": "+index.ReplaceAllString(path, "[]"), ": ")
	for i := range d.unused {
		if d.unused[i].what == what {
			d.unused[i].times++
			return
		}
	}
	d.unused = append(d.unused, use{what, complaint{file: d.file, line: d.at(path)}, 1})
}

func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
