package lint

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// The groups of Knative's kinds.
const (
	core      = ""
	apps      = "apps"
	eventing  = "eventing.knative.dev"
	serving   = "serving.knative.dev"
	sources   = "sources.knative.dev"
	messaging = "messaging.knative.dev"
	flows     = "flows.knative.dev"
	rabbitmq  = "rabbitmq.com"
)

// object is one manifest.
type object struct {
	field
	file                         string
	group, kind, namespace, name string
	allowed                      []allowance
	class                        string // of a Broker that names none, where a default is among the manifests
}

// String is what a person calls it.
func (o *object) String() string { return strings.TrimSpace(o.kind + " " + o.name) }

// isA reports whether it is of one of the kinds of a group.
func (o *object) isA(group string, kinds ...string) bool {
	return o.group == group && slices.Contains(kinds, o.kind)
}

// annotation is the text of an annotation, "" where there is none.
func (o *object) annotation(key string) string { return o.at("metadata", "annotations", key).text() }

// set is all manifests that were read.
type set struct {
	objects []*object
	named   map[id][]*object
	said    map[*object][]publication // by Broker, see published
}

// id is what one manifest names another by, but for the namespace.
type id struct{ group, kind, name string }

func (s *set) add(o *object) {
	s.objects = append(s.objects, o)
	if s.named == nil {
		s.named, s.said = map[id][]*object{}, map[*object][]publication{}
	}
	k := id{o.group, o.kind, o.name}
	s.named[k] = append(s.named[k], o)
}

// of returns the manifests of a kind, in the order they were read.
func (s *set) of(group string, kinds ...string) []*object {
	var all []*object
	for _, o := range s.objects {
		if o.isA(group, kinds...) {
			all = append(all, o)
		}
	}
	return all
}

// find returns a manifest by its name, nil where there is none. A manifest
// without a namespace may be in any.
func (s *set) find(group, kind, namespace, name string) *object {
	return s.to(reference{group: group, kind: kind, namespace: namespace, name: name})
}

func near(a, b string) bool { return a == b || a == "" || b == "" }

// reference is what a field names, with the field to complain of.
type reference struct {
	field
	from                         *object // that names it
	group, kind, namespace, name string
	unsaid                       bool // of which group it is
}

// refer reads a reference with apiVersion, kind, name and namespace.
func refer(o *object, f field) reference {
	group, version := f.at("group").text(), f.at("apiVersion").text()
	return reference{
		field: f, from: o, group: cmp.Or(groupOf(version), group), kind: f.at("kind").text(), name: f.at("name").text(),
		namespace: cmp.Or(f.at("namespace").text(), o.namespace), unsaid: version == "" && group == "",
	}
}

// to is the manifest that is named, nil where there is none. Where a folder has
// several of a name, as two overlays have, it is the one of the namespace, and
// then the one nearest to where it is named.
func (s *set) to(r reference) *object {
	var best *object
	most := 0
	for _, o := range s.named[id{r.group, r.kind, r.name}] {
		if !near(o.namespace, r.namespace) || o.name == "" {
			continue
		}
		if fit := r.fit(o); fit > most {
			best, most = o, fit
		}
	}
	return best
}

// fit is how well a manifest fits that may be the one that is named.
func (r reference) fit(o *object) int {
	fit := 1
	if o.namespace == r.namespace {
		fit += 4
	}
	switch {
	case r.from == nil:
	case o.file == r.from.file:
		fit += 2
	case path.Dir(o.file) == path.Dir(r.from.file):
		fit++
	}
	return fit
}

func groupOf(apiVersion string) string {
	group, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		return core
	}
	return group
}

// broker is the Broker of a Trigger, nil where there is none here.
func (s *set) broker(trigger *object) *object {
	if ref := trigger.at("spec", "brokerRef"); ref.is() {
		return s.to(refer(trigger, ref))
	}
	return s.to(ofBroker(trigger, trigger.at("spec", "broker")))
}

// ofBroker is a reference to a Broker of one's own namespace by its name.
func ofBroker(o *object, f field) reference {
	return reference{field: f, from: o, group: eventing, kind: "Broker", namespace: o.namespace, name: f.text()}
}

// triggers calls do with every Trigger whose Broker is here.
func (s *set) triggers(do func(t, b *object)) {
	for _, t := range s.of(eventing, "Trigger") {
		if b := s.broker(t); b != nil {
			do(t, b)
		}
	}
}

// triggersOf are the Triggers of one Broker.
func (s *set) triggersOf(b *object) []*object {
	var all []*object
	s.triggers(func(t, of *object) {
		if of == b {
			all = append(all, t)
		}
	})
	return all
}

// delivery is the one that counts for a Trigger, and whose manifest it is in.
// Class KafkaNamespaced alone merges the two.
func delivery(t, b *object) (field, *object) {
	if own := t.at("spec", "delivery"); own.is() {
		return own, t
	}
	return b.at("spec", "delivery"), b
}

// podSpec is the pod that a manifest is a template for, empty where it is none.
func (o *object) podSpec() field {
	switch {
	case o.isA(core, "Pod"):
		return o.at("spec")
	case o.isA("batch", "CronJob"):
		return o.at("spec", "jobTemplate", "spec", "template", "spec")
	case o.isA("sinks.knative.dev", "JobSink"):
		return o.at("spec", "job", "spec", "template", "spec")
	}
	return o.at("spec", "template", "spec")
}

// containers are those of its pod.
func (o *object) containers() []field {
	pod := o.podSpec()
	return append(pod.at("initContainers").items(), pod.at("containers").items()...)
}
