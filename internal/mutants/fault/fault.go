// Package fault reads faults that are planted in the sources: what is wrong,
// where, and the lines that stand for others. The page of the program mutants
// shows what one looks like.
package fault

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Fault is one thing done wrong.
type Fault struct {
	Name    string
	Why     string // a sentence
	File    string // from the repository's root
	Test    Test   // that must notice; zero: the fault names none
	Hangs   bool   // running out of time counts as red
	changes []change
}

// Test is a test by package and name.
type Test struct {
	Package string
	Name    string // a regexp as go test -run takes it, of whole names
}

// String is the test as a fault names it.
func (t Test) String() string { return t.Package + " " + t.Name }

// change is lines that stand for others.
type change struct{ old, new []string }

// Load reads the faults of a folder, by name. An empty one is an error: no fault
// survives there either.
func Load(folder fs.FS) ([]Fault, error) {
	files, err := fs.Glob(folder, "*.diff")
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("no fault (*.diff) in the folder")
	}
	var faults []Fault
	for _, file := range files {
		text, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, err
		}
		f, err := Parse(strings.TrimSuffix(path.Base(file), ".diff"), string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// Parse reads one fault.
func Parse(name, text string) (Fault, error) {
	head, body, ok := strings.Cut(text, "\n\n")
	if !ok {
		return Fault{}, errors.New("no empty line between head and change")
	}
	f := Fault{Name: name}
	for line := range strings.Lines(head) {
		if err := f.parseHead(strings.TrimSpace(line)); err != nil {
			return Fault{}, err
		}
	}
	if f.Why == "" || f.File == "" {
		return Fault{}, errors.New("why and file are both needed")
	}
	var err error
	f.changes, err = parseChanges(body)
	return f, err
}

func (f *Fault) parseHead(line string) error {
	key, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch key {
	case "why":
		f.Why = value
	case "file":
		f.File = value
	case "test":
		words := strings.Fields(value)
		if len(words) != 2 {
			return fmt.Errorf("test: want a package and a name, have %q", value)
		}
		if _, err := regexp.Compile(words[1]); err != nil {
			return fmt.Errorf("test: %w", err)
		}
		f.Test = Test{words[0], words[1]}
	case "hangs":
		if value != "yes" {
			return fmt.Errorf("hangs: want yes or no such line, have %q", value)
		}
		f.Hangs = true
	default:
		return fmt.Errorf("what is %q?", line)
	}
	return nil
}

func parseChanges(body string) ([]change, error) {
	var all []change
	var c change
	for line := range strings.SplitSeq(body+"\n@@", "\n") {
		switch sign, rest := cutFirst(line); {
		case strings.HasPrefix(line, "@@"):
			c = c.trimmed()
			if len(c.old) == 0 || slices.Equal(c.old, c.new) {
				return nil, errors.New("a change needs lines to find, and must differ from them")
			}
			all, c = append(all, c), change{}
		case sign == "-":
			c.old = append(c.old, rest)
		case sign == "+":
			c.new = append(c.new, rest)
		case sign == " ", sign == "":
			c.old, c.new = append(c.old, rest), append(c.new, rest)
		default:
			return nil, fmt.Errorf("line %q begins with none of '-', '+' and ' '", line)
		}
	}
	return all, nil
}

func cutFirst(line string) (first, rest string) {
	if line == "" {
		return "", ""
	}
	return line[:1], line[1:]
}

// trimmed is the change without empty lines around it.
func (c change) trimmed() change {
	for len(c.old) > 0 && len(c.new) > 0 && c.old[0] == "" && c.new[0] == "" {
		c.old, c.new = c.old[1:], c.new[1:]
	}
	for len(c.old) > 0 && len(c.new) > 0 && c.old[len(c.old)-1] == "" && c.new[len(c.new)-1] == "" {
		c.old, c.new = c.old[:len(c.old)-1], c.new[:len(c.new)-1]
	}
	return c
}

// Apply returns the source with the fault in it. Each change must find its
// lines exactly once.
func (f Fault) Apply(source string) (string, error) {
	lines := strings.Split(source, "\n")
	for _, c := range f.changes {
		var at []int
		for i := 0; i+len(c.old) <= len(lines); i++ {
			if slices.Equal(lines[i:i+len(c.old)], c.old) {
				at = append(at, i)
			}
		}
		if len(at) != 1 {
			return "", fmt.Errorf("its lines from %q on are %d times in %s, want once", strings.TrimSpace(c.old[0]), len(at), f.File)
		}
		lines = slices.Replace(lines, at[0], at[0]+len(c.old), c.new...)
	}
	return strings.Join(lines, "\n"), nil
}
