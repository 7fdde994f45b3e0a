package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

const root = "../.."

func generated(t *testing.T) map[string]string {
	t.Helper()
	files, err := generate(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, f := range files {
		texts[f.path] = string(f.text)
	}
	return texts
}

func catalogOf(t *testing.T) *catalog {
	t.Helper()
	c, err := read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCommitted(t *testing.T) {
	t.Run("the files are as they are generated", func(t *testing.T) {
		if err := run(true); err != nil {
			t.Error(err)
		}
	})
	t.Run("generating twice gives the same bytes", func(t *testing.T) {
		if diff := cmp.Diff(generated(t), generated(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCheck(t *testing.T) {
	files, err := generate(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		plant func(path string, text []byte) error
		want  string
	}{
		"nothing changed": {func(string, []byte) error { return nil }, ""},
		"a line changed": {func(path string, text []byte) error {
			return os.WriteFile(path, bytes.Replace(text, []byte("# Events\n"), []byte("# Event\n"), 1), 0o600)
		}, "docs/events.md:3 is not as it is generated: run go generate ./internal/gen"},
		"a line more": {func(path string, text []byte) error {
			return os.WriteFile(path, append([]byte("\n"), text...), 0o600)
		}, "docs/events.md:1 is not as it is generated: run go generate ./internal/gen"},
		"a file is gone": {func(path string, _ []byte) error { return os.Remove(path) },
			"docs/events.md is missing: run go generate ./internal/gen"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := write(dir, files); err != nil {
				t.Fatal(err)
			}
			if err := c.plant(filepath.Join(dir, "docs", "events.md"), files[0].text); err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := check(dir, files); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDrift(t *testing.T) {
	t.Run("a schema that changes changes the files that have it", func(t *testing.T) {
		changed, err := generate(planted{os.DirFS(root), "events/schema/saga.wake.v1.json", `"departureId"`, `"departed"`})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range changed {
			if f.path != "knative/base/eventtypes.yaml" && string(f.text) == generated(t)[f.path] {
				t.Errorf("%s is the same", f.path)
			}
		}
	})
	t.Run("a schema that is missing is an error", func(t *testing.T) {
		if _, err := generate(planted{FS: os.DirFS(root), path: "events/schema/saga.wake.v1.json"}); err == nil {
			t.Error("no error")
		}
	})
}

// planted is a repository with one file changed, or gone where was is unset.
type planted struct {
	fs.FS
	path, was, now string
}

func (p planted) ReadFile(name string) ([]byte, error) {
	raw, err := fs.ReadFile(p.FS, name)
	if name != p.path {
		return raw, err
	}
	if p.was == "" {
		return nil, fs.ErrNotExist
	}
	return bytes.ReplaceAll(raw, []byte(p.was), []byte(p.now)), err
}

func TestEveryName(t *testing.T) {
	texts := generated(t)
	var doc document
	if err := yaml.Unmarshal([]byte(texts["events/asyncapi.yaml"]), &doc); err != nil {
		t.Fatal(err)
	}
	for _, s := range catalogOf(t).Events {
		if !strings.Contains(texts["docs/events.md"], "\n| `"+string(s.Name)+"` | ") {
			t.Errorf("%s is in no table of docs/events.md", s.Name)
		}
		if _, ok := doc.Channels[string(s.Name)]; !ok {
			t.Errorf("%s is no channel of events/asyncapi.yaml", s.Name)
		}
		for _, v := range s.Versions {
			m, ok := doc.Components.Messages[strings.TrimPrefix(s.Name.Type(v.Number), "tourbillon.")]
			if !ok || m.Name != s.Name.Type(v.Number) || len(m.Examples) == 0 {
				t.Errorf("%s has the message %+v", s.Name.Type(v.Number), m)
			}
			if _, err := os.Stat(filepath.Join(root, "events", m.File)); err != nil {
				t.Error(err)
			}
		}
		_, said := doc.Operations["say."+string(s.Name)]
		if !said && s.Outside == "" {
			t.Errorf("%s is said by nobody", s.Name)
		}
	}
}

func TestReferences(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(generated(t)["events/asyncapi.yaml"]), &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if to := get(n, "$ref"); n.Kind == yaml.MappingNode && to != nil {
			path, ours := strings.CutPrefix(to.Value, "#/")
			if !ours || get(doc.Content[0], strings.Split(path, "/")...) == nil {
				t.Errorf("line %d: nothing is at %s", to.Line, to.Value)
			}
			if len(n.Content) > 2 {
				t.Errorf("line %d: a reference is not alone", to.Line)
			}
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(&doc)
}

func TestAttributes(t *testing.T) {
	written := make(map[string]bool)
	for _, s := range catalogOf(t).Events {
		e := s.render(booking.Choreography)
		e.CausationID, e.Trace = "cause", "trace"
		ce, err := events.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := ce.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var attrs map[string]any
		if err := yaml.Unmarshal(raw, &attrs); err != nil {
			t.Fatal(err)
		}
		delete(attrs, "data")
		for name := range attrs {
			written[name] = true
		}
		for name, fixed := range s.fixed(s.Newest()).Properties {
			if attrs[name] != fixed.Const {
				t.Errorf("%s: %s is %v, and told as %s", s.Name, name, attrs[name], fixed.Const)
			}
		}
	}
	told := make(map[string]bool)
	for _, a := range attributes {
		told[a.Name] = true
	}
	if diff := cmp.Diff(written, told); diff != "" {
		t.Errorf("attributes that Encode writes and that are told of (-written +told):\n%s", diff)
	}
}

func TestHearers(t *testing.T) {
	c := catalogOf(t)
	of := func(n events.Name) spoken {
		return c.Events[slices.IndexFunc(c.Events, func(s spoken) bool { return s.Name == n })]
	}
	for _, want := range []struct {
		name       events.Name
		orch, chor []string
	}{
		{events.PaymentCharge, []string{"charge"}, []string{"charge"}},
		{events.BookingRequested, []string{"saga"}, []string{"saga", "reserve"}},
		{events.SpotsReserved, []string{"saga", "availability"}, []string{"saga", "availability", "book"}},
		{events.DepartureCancelled, []string{"fanout"}, []string{"fanout"}},
		{events.SagaCompleted, nil, nil},
	} {
		if diff := cmp.Diff([][]string{want.orch, want.chor}, [][]string{of(want.name).Orch, of(want.name).Chor}); diff != "" {
			t.Errorf("hearers of %s (-want +got):\n%s", want.name, diff)
		}
	}
	t.Run("every route brings something", func(t *testing.T) {
		for _, r := range saga.V1().Routes() {
			brings := func(s spoken) bool {
				ce, err := events.Encode(s.render(booking.Choreography))
				return err == nil && r.Filter.Matches(ce)
			}
			if !slices.ContainsFunc(c.Events, brings) {
				t.Errorf("%s brings nothing to %s", r.Name, r.To)
			}
		}
	})
}

func TestSpeakers(t *testing.T) {
	for _, s := range catalogOf(t).Events {
		if _, known := events.Lookup(s.Name); s.Kind == events.Command && len(s.By) == 0 && s.Outside == "" || !known {
			t.Errorf("nobody says %s", s.Name)
		}
		for _, who := range union(s.By, union(s.Orch, s.Chor)) {
			if !strings.Contains(page, "\n| `"+who+"` | ") {
				t.Errorf("%s is not in the table of functions", who)
			}
		}
	}
	for n := range outside {
		if s, _ := events.Lookup(n); s.Kind != events.Command {
			t.Errorf("%s comes from outside and is no command", n)
		}
	}
}

func TestWholeExample(t *testing.T) {
	text, err := catalogOf(t).Whole()
	if err != nil {
		t.Fatal(err)
	}
	ce, err := events.ReadMessage(map[string][]string{"Content-Type": {"application/cloudevents+json"}}, strings.NewReader(text), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	e, err := events.Decode(ce)
	if err != nil || e.Name != events.BookingConfirmed || e.RecordVersion != 2 || e.Time.IsZero() {
		t.Errorf("got %+v, %v", e, err)
	}
}
