package fault

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

const head = "why: w\nfile: a/a.go\ntest: ./a TestA\n\n"

func TestParse(t *testing.T) {
	got, err := Parse("twice", "why: because\nfile: a/a.go\ntest: ./a TestA/deep\nhangs: yes\n\n one\n-two\n+2\n\n three\n@@ more\n+zero\n four\n\n")
	want := Fault{
		Name: "twice", Why: "because", File: "a/a.go", Test: Test{"./a", "TestA/deep"}, Hangs: true,
		changes: []change{
			{old: []string{"one", "two", "", "three"}, new: []string{"one", "2", "", "three"}},
			{old: []string{"four"}, new: []string{"zero", "four"}},
		},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestParse_Refuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no change":           {"why: w\nfile: f\ntest: ./a A\n", "no empty line"},
		"no reason":           {"file: f\ntest: ./a A\n\n-a\n", "both needed"},
		"no file":             {"why: w\ntest: ./a A\n\n-a\n", "both needed"},
		"a test of one word":  {"why: w\nfile: f\ntest: A\n\n-a\n", "want a package and a name"},
		"a test that is none": {"why: w\nfile: f\ntest: ./a A(\n\n-a\n", "missing closing"},
		"an unknown line":     {"who: me\n\n-a\n", "what is"},
		"hangs a little":      {"hangs: sometimes\n\n-a\n", "want yes"},
		"an unsigned line":    {head + "a\n", "begins with none of"},
		"nothing to find":     {head + "+a\n", "needs lines to find"},
		"nothing to change":   {head + " a\n", "must differ"},
		"an empty change":     {head + "-a\n@@\n", "needs lines to find"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse("x", c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestFault_Apply(t *testing.T) {
	for name, c := range map[string]struct{ change, source, want, err string }{
		"a line":             {"-b\n+B\n", "a\nb\nc\n", "a\nB\nc\n", ""},
		"the last line":      {"-c\n", "a\nb\nc\n", "a\nb\n", ""},
		"with what is round": {" a\n-b\n+B\n c\n", "b\na\nb\nc\n", "b\na\nB\nc\n", ""},
		"a new line":         {" a\n+b\n", "a\nc\n", "a\nb\nc\n", ""},
		"two changes":        {"-a\n+A\n@@\n-c\n+C\n", "a\nb\nc\n", "A\nb\nC\n", ""},
		"indented":           {"-\tb\n+\tB\n", "b\n\tb\n", "b\n\tB\n", ""},
		"not there":          {"-x\n+y\n", "a\n", "", "0 times in a/a.go"},
		"part of a line":     {"-b\n+y\n", "ab\n", "", "0 times in a/a.go"},
		"there twice":        {"-a\n+b\n", "a\na\n", "", "2 times in a/a.go"},
		"there twice, woven": {"-a\n-b\n-a\n+x\n", "a\nb\na\nb\na\n", "", "2 times in a/a.go"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse("x", head+c.change)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Apply(c.source)
			if c.err == "" && (err != nil || got != c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %v, want %q", err, c.err)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	if _, err := Load(fstest.MapFS{"README.md": {}}); err == nil || !strings.Contains(err.Error(), "no fault") {
		t.Errorf("an empty folder gives %v", err)
	}
	if _, err := Load(fstest.MapFS{"a.diff": {Data: []byte("bad")}}); err == nil || !strings.Contains(err.Error(), "a.diff: ") {
		t.Errorf("a bad fault gives %v", err)
	}
	got, err := Load(fstest.MapFS{"b.diff": {Data: []byte(head + "-a\n")}, "a.diff": {Data: []byte(head + "-a\n")}})
	if err != nil || len(got) != 2 || got[0].Name != "a" || got[1].Name != "b" {
		t.Errorf("got %+v, %v", got, err)
	}
}
