package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/mutants/fault"
)

func TestJudge(t *testing.T) {
	a := fault.Fault{Test: fault.Test{Package: "./a", Name: "TestA|TestB/deep"}}
	hangs := fault.Fault{Test: a.Test, Hangs: true}
	for name, c := range map[string]struct {
		failed bool
		output string
		fault  fault.Fault
		want   string
	}{
		"green":              {false, "--- PASS: TestA (0.00s)\nok\n", a, "survives"},
		"red":                {true, "--- FAIL: TestA (0.00s)\nFAIL\n", a, ""},
		"red deep down":      {true, "--- FAIL: TestB (0.00s)\n    --- FAIL: TestB/deep (0.00s)\n", a, ""},
		"another's red":      {true, "--- FAIL: TestAnother (0.00s)\nFAIL\n", a, "not by that test"},
		"a test's own words": {true, "got --- FAIL: TestA (0.00s)\n", a, "not by that test"},
		"no build":           {true, "FAIL\ttourbillon/a [build failed]\n", a, "does not compile"},
		"no setup":           {true, "FAIL\ttourbillon/a [setup failed]\n", a, "does not compile"},
		"out of time":        {true, "panic: test timed out after 2m0s\n", a, "hangs"},
		"out of time, said":  {true, "panic: test timed out after 2m0s\n", hangs, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := judge(run{failed: c.failed, output: c.output}, c.fault)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// repository lays out a module with one package, its test and one fault.
func repository(t *testing.T, fault string) lab {
	t.Helper()
	l := lab{dir: t.TempDir(), timeout: time.Minute}
	for file, text := range map[string]string{
		"go.mod":                           "module m\n\ngo 1.26\n",
		"a/a.go":                           "package a\n\nfunc A() int {\n\treturn 1\n}\n",
		"a/a_test.go":                      "package a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {\n\tif A() != 1 {\n\t\tt.Error(A())\n\t}\n}\n\nfunc TestNone(*testing.T) {}\n\nfunc TestRed(t *testing.T) { t.Fail() }\n\nfunc TestSkip(t *testing.T) { t.Skip() }\n",
		"internal/mutants/faults/one.diff": fault,
	} {
		file = filepath.Join(l.dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestPlant(t *testing.T) {
	const one = "why: one is one\nfile: a/a.go\ntest: ./a "
	for name, c := range map[string]struct{ fault, only, out, err string }{
		"a fault that is found":       {one + "TestA\n\n-\treturn 1\n+\treturn 2\n", "", "red after", ""},
		"a fault that survives":       {one + "TestNone\n\n-\treturn 1\n+\treturn 2\n", "", "NOT RED: it survives", "1 of 1 faults not found"},
		"a fault that no longer fits": {one + "TestA\n\n-\treturn 3\n+\treturn 2\n", "", "NOT RED: its lines", "1 of 1 faults not found"},
		"a fault that does not build": {one + "TestA\n\n-\treturn 1\n+\treturn \"\"\n", "", "NOT RED: it does not compile", "1 of 1 faults not found"},
		"a test that is red already":  {one + "TestRed\n\n-\treturn 1\n+\treturn 2\n", "", "", "red without any fault"},
		"a test that is skipped":      {one + "TestSkip\n\n-\treturn 1\n+\treturn 2\n", "", "", "nothing ran"},
		"a test that is not there":    {one + "TestB\n\n-\treturn 1\n+\treturn 2\n", "", "", "nothing ran"},
		"a fault without a test":      {"why: one is one\nfile: a/a.go\n\n-\treturn 1\n+\treturn 2\n", "", "", "names no test"},
		"no fault of that name":       {one + "TestA\n\n-\treturn 1\n+\treturn 2\n", "two", "", "no fault's name matches"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := repository(t, c.fault).plant(t.Context(), &out, c.only, false)
			if !strings.Contains(out.String(), c.out) {
				t.Errorf("printed %q, want %q", out.String(), c.out)
			}
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %v, want %q", err, c.err)
			}
		})
	}
}
