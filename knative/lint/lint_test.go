package lint_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"tourbillon/knative/lint"
)

var update = flag.Bool("update", false, "write what was found into the tests, and the page of gotchas")

// planted is one test: manifests with one thing wrong, and the same without.
//
// Files "bad*" and "good*" are on one side alone, and "before*" are the version
// before; all others, and testdata/base.yaml, are on both sides. Lines of the
// comment that begin with a dash are options, as on the command line; -gather
// reads bad and good as folders.
type planted struct {
	file      string
	archive   *txtar.Archive
	bad, good []lint.File
	options   lint.Options
	want      string
}

func read(t *testing.T, file string) planted {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	base, err := os.ReadFile("testdata/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	shared := lint.File{Name: "base.yaml", Text: base}
	p := planted{file: file, archive: archive, bad: []lint.File{shared}, good: []lint.File{shared}}
	for _, f := range archive.Files {
		one := lint.File{Name: f.Name, Text: f.Data}
		switch {
		case f.Name == "want":
			p.want = string(f.Data)
		case strings.HasPrefix(f.Name, "before"):
			p.options.Against = append(p.options.Against, one)
		case strings.HasPrefix(f.Name, "bad"):
			p.bad = append(p.bad, one)
		case strings.HasPrefix(f.Name, "good"):
			p.good = append(p.good, one)
		default:
			p.bad, p.good = append(p.bad, one), append(p.good, one)
		}
	}
	if p.options.Against != nil {
		p.options.Against = append(p.options.Against, shared)
	}
	p.setOptions(t)
	if strings.Contains(string(archive.Comment), "-gather\n") {
		dir := unpacked(t, string(txtar.Format(archive)))
		p.bad, p.good = gathered(t, dir, "bad"), gathered(t, dir, "good")
	}
	return p
}

// gathered are the files of a folder, called as from the one around it.
func gathered(t *testing.T, dir, folder string) []lint.File {
	t.Helper()
	files, err := lint.Gather(nil, filepath.Join(dir, folder))
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i].Name = strings.TrimPrefix(files[i].Name, filepath.ToSlash(dir)+"/")
	}
	return files
}

func (p *planted) setOptions(t *testing.T) {
	t.Helper()
	for line := range strings.Lines(string(p.archive.Comment)) {
		flag, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch flag {
		case "-kafka-brokers":
			n, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			p.options.KafkaBrokers = n
		case "-replies":
			service, types, _ := strings.Cut(value, "=")
			if p.options.Replies == nil {
				p.options.Replies = map[string][]string{}
			}
			p.options.Replies[service] = strings.Split(types, ",")
		}
	}
}

// lines are findings as the tests have them.
func lines(r lint.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		what := strings.TrimPrefix(f.Object+": "+f.What, ": ")
		fmt.Fprintf(&b, "%s:%d: %s: %s: %s\n", f.File, f.Line, f.Severity, f.Rule, what)
	}
	return b.String()
}

func rewrite(t *testing.T, p planted, got string) {
	t.Helper()
	p.archive.Files = slices.DeleteFunc(p.archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	p.archive.Files = append(p.archive.Files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(p.file, txtar.Format(p.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRules plants each fault: it is found as the test says, and nothing else
// is; without it nothing is found.
func TestRules(t *testing.T) {
	files, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	tested := map[string]bool{}
	for _, file := range files {
		rule, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".txtar"), "_")
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			p := read(t, file)
			found := lint.Check(p.bad, p.options)
			if *update {
				rewrite(t, p, lines(found))
				p.want = lines(found)
			}
			if diff := cmp.Diff(p.want, lines(found)); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			for _, f := range found.Findings {
				tested[rule] = tested[rule] || f.Rule == rule
				if f.Rule != rule {
					t.Errorf("it is to show %s, and shows %s", rule, f.Rule)
				}
				if f.What == "" || f.Why == "" || f.Instead == "" {
					t.Errorf("%s:%d says not all there is to say: %+v", f.File, f.Line, f)
				}
			}
			if got := lines(lint.Check(p.good, p.options)); got != "" {
				t.Errorf("without the fault it finds:\n%s", got)
			}
		})
	}
	for _, r := range lint.Rules() {
		if !tested[r.Name] {
			t.Errorf("nothing is planted for rule %s: write testdata/rules/%s.txtar", r.Name, r.Name)
		}
	}
}

// TestRules_SayEnough holds each rule's own texts.
func TestRules_SayEnough(t *testing.T) {
	names := map[string]bool{}
	for _, r := range lint.Rules() {
		if r.About == "" || r.Why == "" || r.Severity != lint.Error && r.Severity != lint.Warning || names[r.Name] {
			t.Errorf("rule %q lacks a text or a severity, or is there twice", r.Name)
		}
		if strings.HasSuffix(r.About, ".") || !strings.HasSuffix(r.Why, ".") {
			t.Errorf("rule %s: About is no sentence, Why is", r.Name)
		}
		names[r.Name] = true
	}
}
