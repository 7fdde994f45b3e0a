package main

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/arrow"
	"tourbillon/knative"
)

func TestOwnManifests(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.yaml": "a", "b.yml": "b", "c.txt": "c", "deep/d.yaml": "d"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	got, err := ownManifests([]string{at("c.txt"), dir})
	if err != nil {
		t.Fatal(err)
	}
	want := []knative.File{{Name: at("c.txt"), Text: []byte("c")}, {Name: at("a.yaml"), Text: []byte("a")}, {Name: at("b.yml"), Text: []byte("b")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, none := range []string{at("gone"), t.TempDir()} {
		if _, err := ownManifests([]string{none}); err == nil || !strings.HasPrefix(err.Error(), "-also") {
			t.Errorf("%s: got %v", none, err)
		}
	}
}

func TestPrograms(t *testing.T) {
	got, err := programs([]string{"a=http://127.0.0.1:9000", "b=https://b.example/x?y=z"})
	if err != nil || cmp.Diff(map[string]string{"a": "http://127.0.0.1:9000", "b": "https://b.example/x?y=z"}, got) != "" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, no := range []string{"a", "a=", "=http://a.example", "a=9000", "a=localhost:9000", "http://a.example"} {
		if _, err := programs([]string{no}); err == nil || !strings.Contains(err.Error(), "write SERVICE=URL") {
			t.Errorf("%s: got %v", no, err)
		}
	}
	if _, err := programs([]string{"a=http://a.example", "a=http://b.example"}); err == nil || !strings.Contains(err.Error(), "-at has a at http://a.example and at http://b.example") {
		t.Errorf("a service at two places: got %v", err)
	}
}

// TestIsolate_Own starts no process of a function whose place a program has.
func TestIsolate_Own(t *testing.T) {
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]arrow.Receiver{"book": inert, "notify": inert}
	c := config{given: map[string]string{}, alongside: alongside{Programs: map[string]string{"book": "http://a.example"}}}
	i, err := isolate(c, m, known, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer i.close()
	if i.pools["book"] != nil || i.pools["notify"] == nil {
		t.Errorf("processes of %v; want of notify alone", slices.Collect(maps.Keys(i.pools)))
	}
}

// TestIsolate_Twice refuses a second Service of one function: its environment and
// scale would be the first's.
func TestIsolate_Twice(t *testing.T) {
	second := "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: bulk}\n" +
		"spec: {template: {spec: {containers: [{image: a, env: [{name: FUNCTION_TARGET, value: notify}]}]}}}\n"
	m, err := knative.Read(knative.Base(), knative.File{Name: "own.yaml", Text: []byte(second)})
	if err != nil {
		t.Fatal(err)
	}
	known, log := map[string]arrow.Receiver{"notify": inert}, slog.New(slog.DiscardHandler)
	if _, err := isolate(config{given: map[string]string{}}, m, known, log); err == nil || !strings.Contains(err.Error(), "bulk") {
		t.Errorf("got %v", err)
	}
	c := config{given: map[string]string{}, alongside: alongside{Programs: map[string]string{"bulk": "http://a.example"}}}
	i, err := isolate(c, m, known, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.close(); err != nil {
		t.Error(err)
	}
}

func inert(context.Context, event.Event) (*event.Event, error) { return nil, nil }

// TestUp_OwnIsRefused holds what a person is told whose program or manifest is
// not there, before anything is opened to the world.
func TestUp_OwnIsRefused(t *testing.T) {
	service := filepath.Join(t.TempDir(), "own.yaml")
	text := "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: own}\nspec: {template: {spec: {containers: [{image: a}]}}}\n"
	if err := os.WriteFile(service, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"-also " + service:                                     "say where your program listens, as -at own=http",
		"-also " + service + " -also " + service:               "own.yaml:3: Service own: metadata.name: there is a Service of this name at " + service,
		"-also " + service + " -at on=http://a.example":        "there is no Service on to be at http://a.example",
		"-also " + service + " -at own=9000":                   `-at is "own=9000": write SERVICE=URL`,
		"-also " + service + "x -at own=http://127.0.0.1:9000": "no such file",
	} {
		everywhere := "up -addr 127.0.0.1:0 -notifications-addr 127.0.0.1:0 -saga-addr 127.0.0.1:0 -realtime-addr 127.0.0.1:0 "
		err := run(t.Context(), env("TOURBILLON_LOG", "error"), strings.Fields(everywhere+args), io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", args, err, want)
		}
	}
}
