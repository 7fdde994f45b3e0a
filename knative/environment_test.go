package knative_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"tourbillon/knative"
)

const settled = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {SAGA_FLOW: choreography, LEVEL: debug, REDIS_TTL: "60"}
---
`

// told is a Service with the variables, beside a ConfigMap.
func told(more string) fstest.MapFS {
	return fstest.MapFS{"a.yaml": {Data: []byte(settled + `apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: a}
spec:
  template:
    spec:
      containers:
        - image: i
          ` + more + "\n")}}
}

// TestService_Environment has a Service be told what its manifest says, of
// settings of this process that are more than that.
func TestService_Environment(t *testing.T) {
	ours := map[string]string{"REDIS_URL": "redis://here", "STRIPE_API_KEY": "secret", "SAGA_FLOW": "ours"}
	knatives := []string{"FUNCTION_TARGET=a", "K_CONFIGURATION=a", "K_REVISION=a-00001", "K_SERVICE=a", "PORT=8080"}
	for _, c := range []struct {
		says, more string
		want       []string // besides Knative's; sorted after
	}{
		{"no more than it says", "env: [{name: FUNCTION_TARGET, value: a}]", nil},
		{"values", "env: [{name: FUNCTION_TARGET, value: a}, {name: X, value: y}, {name: EMPTY}]", []string{"EMPTY=", "X=y"}},
		{"a Secret's, as this process has it", "env: [{name: FUNCTION_TARGET, value: a}, {name: REDIS_URL, valueFrom: {secretKeyRef: {name: redis, key: url}}}, {name: GONE, valueFrom: {secretKeyRef: {name: redis, key: gone}}}]",
			[]string{"REDIS_URL=redis://here"}},
		{"all of a Secret", "env: [{name: FUNCTION_TARGET, value: a}]\n          envFrom: [{secretRef: {name: tourbillon}}]", []string{"REDIS_URL=redis://here", "SAGA_FLOW=ours", "STRIPE_API_KEY=secret"}},
		{"of a Secret and a ConfigMap, what is named last", "env: [{name: FUNCTION_TARGET, value: a}]\n          envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: tourbillon}}]",
			[]string{"LEVEL=debug", "REDIS_TTL=60", "REDIS_URL=redis://here", "SAGA_FLOW=ours", "STRIPE_API_KEY=secret"}},
		{"a ConfigMap's", "env: [{name: FUNCTION_TARGET, value: a}, {name: TOURBILLON_LOG, valueFrom: {configMapKeyRef: {name: settings, key: LEVEL}}}]", []string{"TOURBILLON_LOG=debug"}},
		{"all of a ConfigMap, under which env counts", "env: [{name: FUNCTION_TARGET, value: a}, {name: SAGA_FLOW, value: x}]\n          envFrom: [{configMapRef: {name: settings}}, {configMapRef: {name: settings, optional: true}, prefix: MY_}]",
			[]string{"LEVEL=debug", "MY_LEVEL=debug", "MY_REDIS_TTL=60", "MY_SAGA_FLOW=choreography", "REDIS_TTL=60", "SAGA_FLOW=x"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			m, err := knative.Read(told(c.more))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			have := map[string]bool{}
			for _, v := range m.Services[0].Environment(ours) {
				have[v] = true
				if !strings.Contains(strings.Join(knatives, " ")+" ", v+" ") {
					got = append(got, v)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			for _, v := range knatives {
				if !have[v] {
					t.Errorf("%s is missing", v)
				}
			}
		})
	}
	for says, c := range map[string][2]string{
		"a ConfigMap that is not there":       {"env: [{name: FUNCTION_TARGET, value: a}]\n          envFrom: [{configMapRef: {name: gone}}]", `envFrom[0].configMapRef.name: there is no ConfigMap "gone"`},
		"a key of one that is not there":      {"env: [{name: FUNCTION_TARGET, value: a}, {name: X, valueFrom: {configMapKeyRef: {name: gone, key: X}}}]", `there is no ConfigMap "gone"`},
		"a key that is not there":             {"env: [{name: FUNCTION_TARGET, value: a}, {name: X, valueFrom: {configMapKeyRef: {name: settings, key: X}}}]", `env[1].valueFrom.configMapKeyRef.key: ConfigMap settings has no "X"`},
		"a dollar that a cluster takes off":   {"env: [{name: FUNCTION_TARGET, value: a}, {name: X, value: a$$b}]", "env[1].value: the runner expands nothing"},
		"what would be expanded":              {"env: [{name: FUNCTION_TARGET, value: a}, {name: X, value: $(HOME)}]", "env[1].value: the runner expands nothing"},
		"a Secret's variables by other names": {"env: [{name: FUNCTION_TARGET, value: a}]\n          envFrom: [{secretRef: {name: all}, prefix: MY_}]", "envFrom[0].prefix: the runner has a Secret's variables by their names"},
	} {
		t.Run(says, func(t *testing.T) {
			if _, err := knative.Read(told(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) {
				t.Errorf("got %v", err)
			}
		})
	}
}
