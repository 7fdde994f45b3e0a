package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tourbillon/knative/lint"
)

// deaf is a Trigger that hears everything, in two ways.
const deaf = `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: t}
spec:
  broker: b
  filters: [{prefix: {type: a.}}]
  subscriber: {uri: http://a.svc}
---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata:
  name: b
  annotations: {eventing.knative.dev/broker.class: RabbitMQBroker}
spec:
  config: {apiVersion: eventing.knative.dev/v1alpha1, kind: RabbitmqBrokerConfig, name: b}
  delivery: {retry: 3, deadLetterSink: {uri: http://dead.svc}}
---
apiVersion: eventing.knative.dev/v1alpha1
kind: RabbitmqBrokerConfig
metadata: {name: b}
spec: {rabbitmqClusterReference: {connectionSecret: {name: s}}}
`

func TestLint(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	wrong := write("wrong.yaml", deaf)
	doubtful := write("doubtful.yaml", strings.Replace(deaf, "  filters: [{prefix: {type: a.}}]\n", "", 1))
	right := write("right.yaml", strings.Replace(deaf, "filters: [{prefix: {type: a.}}]", "filter: {attributes: {type: a}}", 1))
	served := write("served.yaml", "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{image: a}]}}}\n")
	broken := write("broken.yaml", "kind: Trigger\na: b: c\n")
	unnamed := write("unnamed.yaml", "kind: Trigger\nmetadata: {name: t}\n")
	for _, c := range []struct {
		says, args string
		finds      string // "": nothing
		fails      bool
	}{
		{"an error", "-f " + wrong, wrong + ":6: error: rabbitmq-filters-ignored: Trigger t: ", true},
		{"a warning, and it is well", "-f " + doubtful, doubtful + ":4: warning: unfiltered-trigger: Trigger t: ", false},
		{"a warning, and it is not", "-strict -f " + doubtful, "unfiltered-trigger", true},
		{"nothing", "-f " + right, "", false},
		{"nothing in the program's own", "", "", false},
		{"one's own beside the program's, and it is wrong", "-also " + wrong, wrong + ":6: error: rabbitmq-filters-ignored: Trigger t: ", true},
		{"one's own beside the program's, and it is right", "-strict -also " + served, "", false},
		{"what cannot be changed", "-f " + right + " -against " + doubtful, right + ":6: error: immutable-changed: Trigger t: ", true},
		{"what a Service answers", "-replies a=x -f " + served, "", false},
		{"one file that is no YAML", "-f " + broken, broken + ":2: error: not-yaml: ", true},
		{"the same, to a program", "-output json -f " + broken, `"rule": "not-yaml"`, true},
		{"no apiVersion", "-f " + unnamed, unnamed + ":1: warning: not-a-manifest: ", true},
	} {
		var out bytes.Buffer
		err := run(t.Context(), env(), append([]string{"lint"}, strings.Fields(c.args)...), &out)
		if (err != nil) != c.fails {
			t.Errorf("it finds %s: %v", c.says, err)
		}
		if !strings.Contains(out.String(), c.finds) || c.finds == "" && !strings.Contains(out.String(), "0 errors, 0 warnings") {
			t.Errorf("it finds %s:\n%s", c.says, &out)
		}
	}
}

// TestLint_Refuses holds what there is nothing to find in.
func TestLint_Refuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.yaml")
	if err := os.WriteFile(file, []byte(deaf), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, says string }{
		{"-f " + t.TempDir(), "there is no manifest in "},
		{"-replies nobody=a.b -f " + file, "-replies names nobody, which is not among the manifests"},
		{"-f " + file, "lint: 1 error, 0 warnings"},
	} {
		err := run(t.Context(), env(), append([]string{"lint"}, strings.Fields(c.args)...), new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("lint %s: %v", c.args, err)
		}
	}
}

func TestLint_JSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(file, []byte(deaf), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), env(), []string{"lint", "-f", file, "-output", "json"}, &out); err == nil {
		t.Error("it is well")
	}
	var got lint.Report
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Manifests != 3 || len(got.Findings) != 1 {
		t.Fatalf("%v %+v", err, got)
	}
	if f := got.Findings[0]; f.File != filepath.ToSlash(file) || f.Line != 6 || f.Severity != lint.Error || f.Why == "" || f.Instead == "" {
		t.Errorf("%+v", f)
	}
}

func TestLint_Rules(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), env(), []string{"lint", "-rules"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, r := range lint.Rules() {
		if !strings.Contains(out.String(), r.Name) {
			t.Errorf("%s is not listed", r.Name)
		}
	}
}
