package lint

import "cmp"

var deadRules = []Rule{
	{
		Name: "dead-letter-circle", Severity: Error,
		About: "a dead-letter sink that hands the event to the Trigger that gave it up",
		Why:   "A dead letter keeps its attributes: the same Trigger wants it, fails, and so on without end.",
		check: deadCircle,
	},
	{
		Name: "dead-letter-is-subscriber", Severity: Warning,
		About: "a dead-letter sink that is the subscriber",
		Why:   "Whoever could not take the event is asked again, and then it is dropped.",
		check: deadSubscriber,
	},
	{
		Name: "dead-letter-sink-may-be-down", Severity: Warning,
		About:  "a dead-letter sink that scales to zero",
		Why:    "Where the dead-letter sink cannot take an event after its retries, every broker drops it. One that has to start first is down when everything is.",
		Source: "knative-extensions/eventing-rabbitmq#1385",
		check:  deadDown,
	},
}

// destination is what a field with ref or uri names.
func destination(o *object, f field) reference { return refer(o, f.at("ref")) }

// same reports whether two fields name one destination.
func same(o *object, a field, p *object, b field) bool {
	x, y := destination(o, a), destination(p, b)
	return x.group == y.group && x.kind == y.kind && x.name == y.name && near(x.namespace, y.namespace) &&
		a.at("uri").text() == b.at("uri").text() && cmp.Or(x.name, a.at("uri").text()) != ""
}

func deadCircle(p *pass) {
	p.triggers(func(t, b *object) {
		d, of := delivery(t, b)
		to := p.to(destination(of, d.at("deadLetterSink")))
		if to == b && wanted(t, b, event{attributes: exact(t, b)}) == always {
			p.report(t, t.at("spec"), "name another deadLetterSink, as a KafkaSink", "what it gives up goes into Broker %s, and comes back", b.name)
		}
	})
}

func deadSubscriber(p *pass) {
	p.triggers(func(t, b *object) {
		d, of := delivery(t, b)
		if sink := d.at("deadLetterSink"); same(of, sink, t, t.at("spec", "subscriber")) {
			p.report(t, t.at("spec", "subscriber"), "name another deadLetterSink, as a KafkaSink", "the subscriber is its own dead-letter sink")
		}
	})
}

func deadDown(p *pass) {
	p.deliveries(func(o, _ *object, d field) {
		sink := d.at("deadLetterSink")
		to := p.to(destination(o, sink))
		if to != nil && to.isA(serving, "Service") && scalesToZero(to) {
			p.report(o, sink, "keep one running (min-scale \"1\" in its template), or name a KafkaSink", "%v scales to zero", to)
		}
	})
}

// scalesToZero reports whether a Service of Knative may have no pod.
func scalesToZero(o *object) bool {
	for _, spelled := range []string{"min-scale", "minScale"} {
		if n, ok := o.scaling(spelled).number(); ok && n > 0 {
			return false
		}
	}
	return true
}

// scaling is an annotation of the autoscaler where it counts.
func (o *object) scaling(name string) field {
	all := o.at("spec", "template", "metadata", "annotations")
	if old := all.at(autoscaler + spellings[name]); old.is() && !all.at(autoscaler+name).is() {
		return old
	}
	return all.at(autoscaler + name)
}
