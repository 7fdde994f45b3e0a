package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// plant makes a module of files in a folder of its own, and goes there.
func plant(t *testing.T, sources map[string]string) {
	t.Helper()
	dir := t.TempDir()
	sources["go.mod"] = "module m\n\ngo 1.26\n"
	for name, source := range sources {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

const tagLine = "//go:build integration\n\n"

func TestFindTagged(t *testing.T) {
	plant(t, map[string]string{
		"a/a.go":            "package a\n",
		"a/plain_test.go":   "package a\nimport \"testing\"\nfunc TestPlain(*testing.T) {}\n",
		"a/tagged_test.go":  tagLine + "package a\nimport \"testing\"\nfunc TestReal(*testing.T) {}\nfunc Test_too(*testing.T) {}\nfunc Testing() {}\nfunc helper() {}\n",
		"a/outside_test.go": tagLine + "package a_test\nimport \"testing\"\nfunc TestOutside(*testing.T) {}\nfunc TestMain(*testing.M) {}\n",
		"b/only_test.go":    tagLine + "package b\nimport \"testing\"\ntype x int\nfunc (x) TestNo(*testing.T) {}\nfunc TestReal(*testing.T) {}\n",
		"c/c_test.go":       "package c\nimport \"testing\"\nfunc TestPlain(*testing.T) {}\n",
	})
	got, err := findTagged("integration", []string{"./..."})
	for _, names := range got {
		slices.Sort(names)
	}
	want := tagged{"m/a": {"TestOutside", "TestReal", "Test_too"}, "m/b": {"TestReal"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %v, %v\nwant %v", got, err, want)
	}
	args := []string{"-tags=integration", "-run=^(TestOutside|TestReal|Test_too)$", "m/a", "m/b"}
	if !slices.Equal(got.args("integration"), args) {
		t.Errorf("got  %q\nwant %q", got.args("integration"), args)
	}
}

func TestFindTagged_Refuses(t *testing.T) {
	for name, c := range map[string]struct {
		file, source, want string
	}{
		"a file that goes with the tag": {"a/a_test.go", "//go:build !integration\n\npackage a\n", "is left out with the tag"},
		"a package without a test":      {"a/a_test.go", tagLine + "package a\nfunc help() {}\n", "no test in them"},
		"a repository without any":      {"a/a_test.go", "package a\n", "no package has tests"},
		"what does not parse":           {"a/a_test.go", tagLine + "package a\nfunc {\n", "expected"},
	} {
		t.Run(name, func(t *testing.T) {
			plant(t, map[string]string{c.file: c.source, "a/a.go": "package a\n"})
			if got, err := findTagged("integration", []string{"./..."}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestTagged_Missing(t *testing.T) {
	must := tagged{"m/a": {"TestA", "TestB"}, "m/b": {"TestA"}}
	if err := must.missing(map[event]bool{{Package: "m/a", Test: "TestB"}: true, {Package: "m/b", Test: "TestA"}: true}); err != nil {
		t.Errorf("one of each passed, and that is no good: %v", err)
	}
	err := must.missing(map[event]bool{{Package: "m/a", Test: "TestA"}: true, {Package: "m/a", Test: "TestA/sub"}: true})
	if err == nil || err.Error() != "m/b: none of its tests passed: TestA" {
		t.Errorf("none of m/b passed: got %v", err)
	}
}

func TestRunTagged(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"passes":  {"", ""},
		"fails":   {`t.Fatal("run make brokers")`, "1 tests failed"},
		"skipped": {"t.Skip()", "no test passed"},
	} {
		t.Run(name, func(t *testing.T) {
			plant(t, map[string]string{
				"a/a_test.go": tagLine + "package a\nimport \"testing\"\nfunc TestReal(t *testing.T) {" + c.body + "}\n",
				"b/b_test.go": "package b\nimport \"testing\"\nfunc TestReal(t *testing.T) { t.Fatal() }\n", // not with the tag
			})
			err := runTagged([]string{"test", "-json"}, []string{"-count=1", "./..."}, "integration", true)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if err := runTagged(nil, []string{"-count=1"}, "integration", true); err == nil {
		t.Error("no packages, and no complaint")
	}
}
