package arch

import (
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"tourbillon/events"
)

// check returns what is wrong with the files, a sentence each.
type check func([]file) []string

// rules are all rules of this repository.
var rules = []struct {
	says  string
	check check
}{
	{"every package has a floor", everyPackageHasAFloor(floors)},
	{"imports go down", importsGoDown(floors)},
	{"one client library each", oneClientEach(floors)},
	{"a library is named in one place", librariesStayHome},
	{"files fit", filesFit},
	{"functions fit on a page", functionsFit},
	{"most are short", mostAreShort},
	{"a function is one word", oneWord(addresses())},
	{"one file reads the environment", oneReader},
	{"time is an argument", timeIsAnArgument},
	{"only programs print", programsPrint},
	{"nothing is left for later", nothingIsLeftForLater},
	{"names say something", namesSaySomething},
	{"the audit decides nothing", theAuditDecidesNothing},
}

// addresses are the functions that commands are addressed to.
func addresses() (to []string) {
	for _, s := range events.Vocabulary() {
		if s.To != "" {
			to = append(to, s.To)
		}
	}
	return to
}

func TestArchitecture(t *testing.T) {
	files, err := read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("found only %d Go files: is this the repository?", len(files))
	}
	for _, r := range rules {
		t.Run(r.says, func(t *testing.T) {
			for _, complaint := range r.check(files) {
				t.Error(complaint)
			}
		})
	}
}

// TestRulesBite runs each rule over sources planted to break it, and over
// sources that come close and keep it.
func TestRulesBite(t *testing.T) {
	planted := make(map[string]int)
	for _, p := range slices.Concat(places, habits) {
		t.Run(p.rule+", "+p.says, func(t *testing.T) {
			got := p.run(t)
			if p.want == "" && len(got) > 0 {
				t.Errorf("got %q, want no complaint", got)
			}
			if p.want != "" && (len(got) != 1 || got[0] != p.want) {
				t.Errorf("got  %q\nwant %q", got, p.want)
			}
		})
		if p.want != "" {
			planted[p.rule]++
		}
	}
	for _, r := range rules {
		if planted[r.says] == 0 {
			t.Errorf("rule %q has no planted source that breaks it", r.says)
		}
	}
}

// run applies the plant's rule to its one file.
func (p plant) run(t *testing.T) []string {
	fsys := fstest.MapFS{}
	if p.path != "" {
		fsys[p.path] = &fstest.MapFile{Data: []byte(p.source)}
	}
	files, err := read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if p.check != nil {
		return p.check(files)
	}
	for _, r := range rules {
		if r.says == p.rule {
			return r.check(files)
		}
	}
	t.Fatalf("no rule says %q", p.rule)
	return nil
}

func TestRead_RefusesWhatIsNotGo(t *testing.T) {
	if _, err := read(fstest.MapFS{"a/a.go": {Data: []byte("not Go")}}); err == nil {
		t.Error("a file that does not parse is taken")
	}
}

func TestRead_LeavesOutTestdata(t *testing.T) {
	files, err := read(fstest.MapFS{
		"a/testdata/a.go": {Data: []byte("not Go")},
		".cache/a.go":     {Data: []byte("not Go")},
		"a/a.go":          {Data: []byte("package a\n")},
	})
	if err != nil || len(files) != 1 || files[0].path != "a/a.go" {
		t.Errorf("got %d files, %v; want a/a.go alone", len(files), err)
	}
}
