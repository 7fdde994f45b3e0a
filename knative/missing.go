package knative

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// missing says what the manifests need and the process has not.
func (r *Runner) missing() (no []error) {
	for _, b := range r.options.Manifests.Brokers {
		if r.options.Transports[b.Name] == nil {
			no = append(no, fmt.Errorf("no transport for Broker %s", b.Name))
		}
	}
	there := map[string]bool{}
	for _, s := range r.options.Manifests.Services {
		there[s.Name] = true
		switch {
		case r.options.Programs[s.Name] != "":
		case slices.Contains(r.options.Doors, s.Function):
			no = append(no, r.knocked(s.Name)...)
		case s.Function == "":
			no = append(no, fmt.Errorf("Service %[1]s is no function of this system, for it has no %[2]s: "+
				"say where your program listens, as -at %[1]s=http://127.0.0.1:9000", s.Name, targetVariable))
		case r.options.Functions[s.Function] == nil && r.options.Addresses[s.Function] == "":
			no = append(no, fmt.Errorf("no function %[2]s, which Service %[1]s is: there are %[3]s; "+
				"if it is a program of your own, say where it listens, as -at %[1]s=http://127.0.0.1:9000", s.Name, s.Function,
				strings.Join(r.options.functions(), ", ")))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.options.Programs)) {
		if !there[name] {
			no = append(no, fmt.Errorf("there is no Service %s to be at %s: write its manifest, or mend the name: there are %s",
				name, withoutQuery(r.options.Programs[name]), strings.Join(slices.Sorted(maps.Keys(there)), ", ")))
		}
	}
	return no
}

// knocked says who would deliver events to a Service that takes none.
func (r *Runner) knocked(service string) (no []error) {
	leads := func(d Destination) bool { return d.Kind == "Service" && d.Name == service }
	for _, t := range r.options.Manifests.Triggers {
		if leads(t.Subscriber) || leads(t.Delivery.DeadLetter) {
			no = append(no, fmt.Errorf("Trigger %s delivers to Service %s, which takes no events", t.Name, service))
		}
	}
	for _, p := range r.options.Manifests.Pings {
		if leads(p.Sink) {
			no = append(no, fmt.Errorf("PingSource %s delivers to Service %s, which takes no events", p.Name, service))
		}
	}
	return no
}

// functions are the names of all functions that there are.
func (o Options) functions() []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(o.Functions)), maps.Keys(o.Addresses))
	slices.Sort(all)
	return slices.Compact(all)
}
