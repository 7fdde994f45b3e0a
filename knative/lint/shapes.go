package lint

import (
	"slices"
	"strings"
)

// apis is where the table of kinds is from.
const apis = "pkg/apis and config of knative/eventing v0.50 and serving v0.50, eventing-rabbitmq v0.48, eventing-kafka-broker"

var shapeRules = []Rule{
	{
		Name: "unknown-field", Severity: Error,
		About:  "a field that a kind of Knative does not have",
		Why:    "The webhook refuses it; where it does not, the field is silently nothing.",
		Source: apis,
		check:  shaped("unknown-field"),
	},
	{
		Name: "wrong-type", Severity: Error,
		About:  "a field of a kind of Knative that is of another type",
		Why:    "A cluster refuses the whole manifest.",
		Source: apis,
		check:  shaped("wrong-type"),
	},
	{
		Name: "missing-field", Severity: Error,
		About:  "a field that a kind of Knative cannot be without",
		Why:    "The webhook refuses it, or what it makes is never ready.",
		Source: apis,
		check:  shaped("missing-field"),
	},
	{
		Name: "wrong-value", Severity: Error,
		About:  "a value that is none of those that a field may have",
		Why:    "The webhook refuses it.",
		Source: apis,
		check:  shaped("wrong-value"),
	},
	{
		Name: "unknown-kind", Severity: Error,
		About:  "a kind of Knative's groups that there is not, or in a version that is not served",
		Why:    "A cluster does not know it, and takes nothing of it.",
		Source: apis,
		check:  unknownKinds,
	},
	{
		Name: "service-ports", Severity: Error,
		About:  "a Service of several containers of which not exactly one has a port",
		Why:    "The port says which container is called. The webhook refuses none, and more than one.",
		Source: "knative/serving pkg/apis/serving/k8s_validation.go",
		check:  ports,
	},
}

// shaped holds every manifest of Knative's kinds against its shape, and says
// what is of one rule.
func shaped(rule string) func(*pass) {
	return func(p *pass) {
		for _, o := range p.objects {
			spec := specs[o.at("apiVersion").text()+" "+o.kind]
			if spec == nil {
				continue
			}
			whole := of(fields{"apiVersion": aString, "kind": aString, "metadata": must(namedShape), "spec": spec, "status": anything})
			h := &holder{left: newBudget(compared)}
			h.hold(whole, o.field, "")
			for _, at := range h.places {
				if at.rule == rule {
					p.report(o, at.field, at.instead, "%s", at.what)
				}
			}
		}
	}
}

// closed are the groups of which all kinds are known; others have more to them.
var closed = []string{eventing, serving, flows}

func unknownKinds(p *pass) {
	for _, o := range p.objects {
		version := o.at("apiVersion").text()
		if _, known := specs[version+" "+o.kind]; known {
			continue
		}
		var kinds, served []string
		for _, one := range sortedKeys(specs) {
			v, kind, _ := strings.Cut(one, " ")
			if groupOf(v) == o.group {
				kinds = append(kinds, kind)
			}
			if groupOf(v) == o.group && kind == o.kind {
				served = append(served, v)
			}
		}
		kinds = slices.Compact(slices.Sorted(slices.Values(kinds)))
		meant := nearest(o.kind, kinds)
		switch {
		case served != nil:
			p.report(o, o.at("apiVersion"), "write "+strings.Join(served, " or "), "apiVersion %s of %s is not served", version, o.kind)
		case meant != "" && kinds != nil:
			p.report(o, o.at("kind"), "did you mean "+meant+"?", "there is no kind %s in %s", o.kind, o.group)
		case slices.Contains(closed, o.group):
			p.report(o, o.at("kind"), "write one of "+strings.Join(kinds, ", "), "there is no kind %s in %s", o.kind, o.group)
		}
	}
}

func ports(p *pass) {
	for _, o := range p.scaled() {
		all := o.podSpec().at("containers").items()
		n := 0
		for _, c := range all {
			n += len(c.at("ports").items())
		}
		if n > 1 || n == 0 && len(all) > 1 {
			p.report(o, o.podSpec().at("containers"), "give ports to the container that is called, one, and to no other",
				"%d ports are in %d containers", n, len(all))
		}
	}
}

// completed says what to write beside a kind of Knative's, "" where it is none.
func completed(kind string) string {
	for _, one := range sortedKeys(specs) {
		if version, k, _ := strings.Cut(one, " "); k == kind {
			return "write apiVersion: " + version
		}
	}
	return ""
}
