package lint_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"tourbillon/knative"
	"tourbillon/knative/lint"
)

const sound = `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: t, namespace: n}
spec:
  broker: missing
  subscriber: {uri: http://a.svc}
`

func check(texts ...string) lint.Report {
	var files []lint.File
	for _, text := range texts {
		files = append(files, lint.File{Name: "a.yaml", Text: []byte(text)})
	}
	return lint.Check(files, lint.Options{})
}

// TestCheck_Reads holds what is read as a manifest, and on which line.
func TestCheck_Reads(t *testing.T) {
	const missing = "error: broker-missing: Trigger t: there is no Broker missing\n"
	for _, c := range []struct{ says, text, want string }{
		{"a document", sound, "a.yaml:5: " + missing},
		{"the second document", "kind: ConfigMap\napiVersion: v1\n---\n" + sound, "a.yaml:8: " + missing},
		{"up to what is no YAML", sound + "---\na: b: c\n", "a.yaml:5: " + missing + "a.yaml:8: error: not-yaml: mapping values are not allowed in this context\n"},
		{"JSON", `{"apiVersion": "eventing.knative.dev/v1", "kind": "Trigger", "metadata": {"name": "t"}, "spec": {"broker": "missing", "subscriber": {"uri": "http://a.svc"}}}`, "a.yaml:1: " + missing},
		{"a List", "apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSpace(sound), "\n", "\n  "), "a.yaml:8: " + missing},
		{"an empty file", "", ""},
		{"comments alone", "# nothing\n---\n# here\n", ""},
		{"a kind that nobody knows", "apiVersion: example.com/v1\nkind: Own\nmetadata: {name: a}\nspec: 1\n", ""},
		{"an alias", "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: &t t}\nspec:\n  broker: *t\n  subscriber: {uri: http://a.svc}\n",
			"a.yaml:5: error: broker-missing: Trigger t: there is no Broker t\n"},
		{"what is taken over", "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: t, labels: &x {broker: missing}}\nspec:\n  <<: *x\n  subscriber: {uri: http://a.svc}\n",
			"a.yaml:3: " + missing},
		{"null as nothing", "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: t}\nspec: {broker: null, subscriber: {uri: http://a.svc}}\n",
			"a.yaml:4: error: missing-field: Trigger t: spec.broker or brokerRef is missing\n"},
	} {
		if got := lines(check(c.text)); got != c.want {
			t.Errorf("%s: want (-), got (+):\n%s", c.says, cmp.Diff(c.want, got))
		}
	}
}

// TestCheck_Nearest has two overlays in one folder, each with a Broker of one
// name: each Trigger is of the one beside it.
func TestCheck_Nearest(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/nearest.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var files []lint.File
	for _, f := range archive.Files {
		files = append(files, lint.File{Name: f.Name, Text: f.Data})
	}
	const want = "b/broker.yaml:3: warning: name-twice: Broker b: another Broker b is at a/broker.yaml:1\n" +
		"b/trigger.yaml:6: error: rabbitmq-filters-ignored: Trigger of-b: filters are ignored by Broker b, a RabbitMQBroker\n"
	if diff := cmp.Diff(want, lines(lint.Check(files, lint.Options{}))); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

// TestCheck_Allows holds where a comment lets a finding be.
func TestCheck_Allows(t *testing.T) {
	const comment = "# lint: allow broker-missing: it is elsewhere"
	for _, c := range []struct {
		says, text string
		want       bool
	}{
		{"on the line", strings.Replace(sound, "missing\n", "missing "+comment+"\n", 1), true},
		{"on the line above", strings.Replace(sound, "  broker", "  "+comment+"\n  broker", 1), true},
		{"at the head", "# It is a Trigger.\n" + comment + "\n\n" + sound, true},
		{"at the head of the second document", "kind: ConfigMap\napiVersion: v1\n---\n" + comment + "\n" + sound, true},
		{"not at the head of another", comment + "\nkind: ConfigMap\napiVersion: v1\n---\n" + sound, false},
		{"not two lines above", strings.Replace(sound, "spec:", comment+"\nspec:", 1), false},
		{"not of another rule", strings.Replace(sound, "missing\n", "missing # lint: allow sink-missing: it is\n", 1), false},
		{"not without a reason", strings.Replace(sound, "missing\n", "missing # lint: allow broker-missing:\n", 1), false},
	} {
		if got := lines(check(c.text)) == ""; got != c.want {
			t.Errorf("%s: let be: %v", c.says, got)
		}
	}
	if got := lines(check("# lint: allow field-twice: so it is\napiVersion: v1\nkind: ConfigMap\nkind: ConfigMap\n")); got != "" {
		t.Errorf("what reading finds is let be, too: %s", got)
	}
}

// TestCheck_QuotesNoSecret plants a secret wherever a finding might quote it.
func TestCheck_QuotesNoSecret(t *testing.T) {
	const secret = "hunter2"
	for _, text := range []string{
		"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: 'hunter2@/'}\n---\n" +
			"apiVersion: eventing.knative.dev/v1alpha1\nkind: RabbitmqBrokerConfig\nmetadata: {name: c}\nspec: {rabbitmqClusterReference: {connectionSecret: {name: s}}}\n",
		"a: *hunter2\n",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{image: a, env: [{name: K_SINK, value: 'http://u:hunter2@b'}]}]}}}\n",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{image: a, env: [{name: X, value: 'http://u:hunter2@a-broker-ingress.n'}]}]}}}\n",
	} {
		found := check(text)
		if len(found.Findings) == 0 {
			t.Errorf("nothing is found in %s", text)
		}
		for _, f := range found.Findings {
			if strings.Contains(f.String(), secret) {
				t.Errorf("the secret is shown: %s", f)
			}
		}
	}
}

// unpacked is a folder with the files of a txtar archive.
func unpacked(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(text)).Files {
		file := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// endless is a file of empty lines.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

// TestGather holds which files are read.
func TestGather(t *testing.T) {
	dir := unpacked(t, `
-- base/kustomization.yaml --
resources: [a.yaml, https://example.com/b.yaml, ../more, gone.yaml]
-- base/a.yaml --
-- base/left.yaml --
-- more/b.yml --
-- more/deep/c.json --
-- more/deep/notes.txt --
-- more/.hidden/d.yaml --
-- kind/Kustomization --
resources: [../base]
`)
	for _, c := range []struct {
		says  string
		paths []string
		want  string
	}{
		{"a file, whatever it is called", []string{"more/deep/notes.txt"}, "more/deep/notes.txt"},
		{"a folder and what is below", []string{"more"}, "more/b.yml more/deep/c.json"},
		{"what a kustomization names", []string{"kind"}, "base/a.yaml base/kustomization.yaml base/left.yaml kind/Kustomization more/b.yml more/deep/c.json"},
		{"each once", []string{"more", "base", "more/b.yml"}, "base/a.yaml base/kustomization.yaml base/left.yaml more/b.yml more/deep/c.json"},
		{"what is piped in", []string{"-"}, "-"},
	} {
		var paths []string
		for _, p := range c.paths {
			if p != "-" {
				p = filepath.Join(dir, p)
			}
			paths = append(paths, p)
		}
		files, err := lint.Gather(strings.NewReader(sound), paths...)
		if err != nil {
			t.Errorf("%s: %v", c.says, err)
		}
		var got []string
		for _, f := range files {
			got = append(got, strings.TrimPrefix(f.Name, filepath.ToSlash(dir)+"/"))
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v", c.says, got)
		}
	}
	if _, err := lint.Gather(nil, filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there is read")
	}
	if _, err := lint.Gather(endless{}, "-"); err == nil || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("of what has no end a part is read: %v", err)
	}
}

// FuzzCheck holds that no file makes Check panic, and that each finding is on a
// line of it.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte("a: &a [*a]\nkind: Trigger\napiVersion: eventing.knative.dev/v1\nspec: &s {<<: *s, filters: &f [{not: *f}]}\n"))
	f.Add([]byte("kind: Trigger\napiVersion: eventing.knative.dev/v1\nspec: {broker: b, filters: [{all: &l [{any: *l}, {cesql: '((((-NOT a'}]}]}\n"))
	f.Add([]byte("kind: Trigger\napiVersion: eventing.knative.dev/v1\nspec: {broker: log, filters: &l [{any: *l, all: *l, not: {all: *l}}]}\n"))
	f.Add([]byte("kind: RabbitmqSource\napiVersion: sources.knative.dev/v1alpha1\nspec: &s {a: *s, b: *s, c: *s}\n"))
	files, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range archive.Files {
			f.Add(one.Data)
		}
	}
	if text, err := fs.ReadFile(knative.Base(), "brokers.yaml"); err == nil {
		f.Add(text)
	}
	base, err := os.ReadFile("testdata/base.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		shared := lint.File{Name: "base.yaml", Text: base}
		fuzzed := []lint.File{shared, {Name: "a.yaml", Text: text}}
		found := lint.Check(fuzzed, lint.Options{Against: []lint.File{shared, {Name: "a.yaml", Text: text}}})
		for _, one := range found.Findings {
			if one.File == "a.yaml" && (one.Line < 1 || one.Line > strings.Count(string(text), "\n")+2) {
				t.Errorf("no line of the file: %v", one)
			}
		}
	})
}
