package knative_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/knative"
	"tourbillon/saga"
)

// wiring makes every function over nothing: enough to ask how they are called.
func wiring() (w functions.Wiring, sources map[string]bool) {
	sources = map[string]bool{}
	w.Sink = func(function string) arrow.Sink { sources[function] = true; return nil }
	return w, sources
}

// differences says where manifests are not what the plan, the functions and
// the policy have.
func differences(m *knative.Manifests, raw map[string]map[string]any) (no []string) {
	differ := func(what string, want, got any) {
		if d := cmp.Diff(want, got); d != "" {
			no = append(no, what+" (-want +got):\n"+d)
		}
	}
	triggers := map[string]wanted{}
	perFunction := map[string]int{}
	for _, t := range m.Triggers {
		triggers[t.Name] = wanted{t.Broker, t.Filter, t.Subscriber}
		to := t.Subscriber.String()
		if had, ok := perFunction[to]; ok && had != t.Parallelism {
			no = append(no, "Triggers to "+to+" differ in parallelism")
		}
		perFunction[to] = t.Parallelism
		differ("delivery of Trigger "+t.Name, policy(), t.Delivery)
		_, own := raw["Trigger "+t.Name]["spec"].(map[string]any)["delivery"]
		differ("a delivery of its own of Trigger "+t.Name, false, own)
	}
	differ("Triggers", planned(), triggers)

	classes := map[string]string{}
	for _, b := range m.Brokers {
		classes[b.Name] = b.Class
		differ("delivery of Broker "+b.Name, policy(), b.Delivery)
		written, _ := raw["Broker "+b.Name]["spec"].(map[string]any)["delivery"].(map[string]any)
		differ("what Broker "+b.Name+" leaves to the cluster", complete, slices.Sorted(maps.Keys(written)))
	}
	differ("Brokers", map[string]string{"bookings": "RabbitMQBroker", "history": "Kafka"}, classes)

	w, sources := wiring()
	services, sinks := map[string]string{}, map[string]string{}
	for _, s := range m.Services {
		services[s.Name] = s.Function
		if broker, ok := m.SinkOf(s.Function); ok {
			sinks[s.Function] = broker
		}
	}
	same, publish := map[string]string{}, map[string]string{"request": "bookings"} // the door publishes, too
	for _, name := range functions.Doors {
		same[name], publish[name] = name, "bookings"
	}
	for name := range functions.All(w) {
		same[name] = name
	}
	for name := range sources {
		publish[name] = "bookings"
	}
	differ("Services and their functions", same, services)
	differ("sinks", publish, sinks)
	return no
}

// complete are the fields of a delivery that leaves nothing to the cluster.
var complete = []string{"backoffDelay", "backoffPolicy", "deadLetterSink", "retry", "timeout"}

type wanted struct {
	Broker     string
	Filter     events.Filter
	Subscriber knative.Destination
}

// planned is the Triggers that the plan has, and those to and from the archive.
func planned() map[string]wanted {
	all := map[string]wanted{
		"archive": {"bookings", events.Filter{"kind": "fact"}, knative.Destination{Kind: "Broker", Name: "history"}},
		"audit":   {"history", events.Filter{"kind": "fact"}, knative.Destination{Kind: "Service", Name: "audit"}},
	}
	for _, r := range saga.Shipped().Newest().Routes() {
		all[r.Name] = wanted{"bookings", r.Filter, knative.Destination{Kind: "Service", Name: r.To}}
	}
	return all
}

func policy() knative.Delivery {
	d := knative.Policy
	d.DeadLetter = knative.Destination{Kind: "KafkaSink", Name: "dead-letters"}
	return d
}

// asWritten reads manifests without filling anything in, by "Kind name".
func asWritten(t *testing.T, fsys fs.FS) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range strings.Split(string(text), "\n---\n") {
			var one map[string]any
			if err := yaml.Unmarshal([]byte(doc), &one); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if one["kind"] == "Kustomization" {
				continue // it is no object of the cluster's
			}
			all[fmt.Sprint(one["kind"], " ", one["metadata"].(map[string]any)["name"])] = one
		}
	}
	return all
}

func TestBase(t *testing.T) {
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	raw := asWritten(t, knative.Base())
	for _, no := range differences(m, raw) {
		t.Error(no)
	}
	t.Run("no flow misses anything", func(t *testing.T) {
		for flow, missing := range m.Flows() {
			if len(missing) > 0 {
				t.Errorf("%s misses %q", flow, missing)
			}
		}
	})
	t.Run("every manifest is in the namespace and is labelled", func(t *testing.T) {
		for what, one := range raw {
			meta := one["metadata"].(map[string]any)
			labels, _ := meta["labels"].(map[string]any)
			if meta["namespace"] != "tourbillon" && one["kind"] != "Namespace" {
				t.Errorf("%s is in namespace %v", what, meta["namespace"])
			}
			if labels["app.kubernetes.io/name"] != meta["name"] || labels["app.kubernetes.io/part-of"] != "tourbillon" {
				t.Errorf("%s has the labels %v", what, labels)
			}
		}
	})
	t.Run("the doors alone are public", func(t *testing.T) {
		for _, s := range m.Services {
			labels := raw["Service "+s.Name]["metadata"].(map[string]any)["labels"].(map[string]any)
			if public := labels["networking.knative.dev/visibility"] != "cluster-local"; public != (s.Name == "request" || slices.Contains(functions.Doors, s.Name)) {
				t.Errorf("Service %s: public is %v", s.Name, public)
			}
		}
	})
}

// TestBase_Bites changes one thing in the files and demands a complaint.
func TestBase_Bites(t *testing.T) {
	for _, c := range []struct{ says, file, old, new string }{
		{"Triggers too few", "facts.yaml", "", ""},
		{"a Trigger too many", "facts.yaml", "name: keeper\n", "name: keeper-too\n"},
		{"a Trigger of another name", "facts.yaml", "name: keeper\n", "name: keeping\n"},
		{"another filter", "facts.yaml", "saga: step", "saga: stop"},
		{"a wider filter", "choreography.yaml", "name: booking.created, flow: choreography", "name: booking.created"},
		{"another subscriber", "commands.yaml", "kind: Service, name: charge}", "kind: Service, name: book}"},
		{"another Broker", "facts.yaml", "broker: bookings", "broker: history"},
		{"another parallelism for one function", "facts.yaml", `parallelism: "32"`, `parallelism: "31"`},
		{"another figure", "brokers.yaml", "retry: 8", "retry: 7"},
		{"a figure left to the cluster", "brokers.yaml", "    backoffPolicy: exponential\n", ""},
		{"another dead-letter sink", "brokers.yaml", "kind: KafkaSink, name: dead-letters}", "kind: Broker, name: history, apiVersion: eventing.knative.dev/v1}"},
		{"another class", "brokers.yaml", "broker.class: RabbitMQBroker", "broker.class: Kafka"},
		{"another function", "services.yaml", "FUNCTION_TARGET, value: saga", "FUNCTION_TARGET, value: book"},
		{"a source without a sink", "sinks.yaml", "kind: Service, name: fanout", "kind: Service, name: book"},
		{"the archive left out", "archive.yaml", "name: history", "name: bookings"},
		{"the audit of something else", "audit.yaml", "broker: history", "broker: bookings"},
	} {
		t.Run(c.says, func(t *testing.T) {
			planted := fstest.MapFS{}
			files, err := fs.Glob(knative.Base(), "*")
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				text, err := fs.ReadFile(knative.Base(), file)
				if err != nil {
					t.Fatal(err)
				}
				if file == c.file && c.old == "" {
					continue
				}
				if file == c.file {
					changed := strings.Replace(string(text), c.old, c.new, 1)
					if changed == string(text) {
						t.Fatalf("%s has no %q", file, c.old)
					}
					text = []byte(changed)
				}
				planted[file] = &fstest.MapFile{Data: text}
			}
			m, err := knative.Read(planted)
			if err != nil {
				return // refused: that is a complaint too
			}
			if no := differences(m, asWritten(t, planted)); len(no) == 0 {
				t.Error("nobody noticed")
			}
		})
	}
}

func TestBase_IsWhatIsInTheFolder(t *testing.T) {
	m, err := knative.Read(os.DirFS("base"))
	if err != nil || len(m.Triggers) != len(planned()) {
		t.Fatal(m, err)
	}
}

func TestManifests_Missing(t *testing.T) {
	all, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	without := func(names ...string) *knative.Manifests {
		m := *all
		m.Triggers = slices.DeleteFunc(slices.Clone(all.Triggers), func(t knative.Trigger) bool { return slices.Contains(names, t.Name) })
		return &m
	}
	for _, c := range []struct {
		says                        string
		gone                        []string
		choreography, orchestration []string
	}{
		{"commands are needed by both", []string{"command-book"}, []string{"command-book"}, []string{"command-book"}},
		{"the keeper is needed by both", []string{"keeper"}, []string{"keeper"}, []string{"keeper"}},
		{"facts are needed by choreography", []string{"choreography-booking-created"}, []string{"choreography-booking-created"}, nil},
		{"availability by neither", []string{"availability", "archive"}, nil, nil},
	} {
		t.Run(c.says, func(t *testing.T) {
			want := map[booking.Flow][]string{booking.Choreography: c.choreography, booking.Orchestration: c.orchestration}
			if d := cmp.Diff(want, without(c.gone...).Flows()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
