package knative

import "slices"

func (l *linker) trigger(t *triggerManifest) {
	to := l.resolve(t.document, "spec.subscriber", t.Spec.Subscriber, "Service", "Broker")
	i := slices.IndexFunc(l.Brokers, func(b Broker) bool { return b.Name == t.Spec.Broker })
	if i < 0 {
		// Of a Broker that is there and wrong, it was said what is wrong.
		name := "Broker " + t.Spec.Broker
		if l.named[name] == nil && !l.unread[name] && t.has("spec.broker") {
			t.complain("spec.broker", "there is no Broker %q; write its manifest, or mend the name", t.Spec.Broker)
		}
		return
	}
	b := l.Brokers[i]
	filter, also := t.filter(b.class)
	parallelism, ordered := t.parallelism(b.class)
	l.Triggers = append(l.Triggers, Trigger{
		Name: t.Metadata.Name, Broker: b.Name, Subscriber: to, Filter: filter, also: also, class: b.class,
		Delivery: l.inherit(t, b), Parallelism: parallelism, ordered: ordered,
	})
}

// inherit is the Trigger's own delivery, whole, or else its Broker's.
func (l *linker) inherit(t *triggerManifest, b Broker) Delivery {
	of := l.named["Broker "+b.Name].(*brokerManifest).Spec.Delivery
	sink := of != nil && of.DeadLetter != nil // whether or not it is there
	if t.Spec.Delivery == nil {
		if !sink && b.class == &rabbit {
			t.complain("", "neither it nor Broker %s has a deadLetterSink, and the broker would break off at the first failure; "+
				"give the Broker one", b.Name)
		}
		return b.Delivery
	}
	if t.Spec.Delivery.DeadLetter == nil && sink {
		t.complain("spec.delivery", "replaces its Broker's as a whole, and has no deadLetterSink: what fails would be dropped; "+
			"write it whole, or leave it out")
	}
	return l.delivery(t.document, t.Spec.Delivery, b.class)
}

// circles complains of Brokers that lead to each other: nothing would stop an
// event that went round.
func (l *linker) circles() {
	next := map[string][]string{}
	for _, t := range l.Triggers {
		if t.Subscriber.Kind == "Broker" {
			next[t.Broker] = append(next[t.Broker], t.Subscriber.Name)
		}
	}
	for _, t := range l.Triggers {
		if t.Subscriber.Kind == "Broker" && reaches(next, t.Subscriber.Name, t.Broker, map[string]bool{}) {
			l.named["Trigger "+t.Name].top().complain("spec.subscriber.ref.name",
				"Broker %s leads back to Broker %s: events would go round for ever; break the circle", t.Subscriber.Name, t.Broker)
		}
	}
}

func reaches(next map[string][]string, from, to string, been map[string]bool) bool {
	if from == to {
		return true
	}
	if been[from] {
		return false
	}
	been[from] = true
	return slices.ContainsFunc(next[from], func(n string) bool { return reaches(next, n, to, been) })
}

func (l *linker) ping(p *pingManifest) {
	l.Pings = append(l.Pings, PingSource{
		Name: p.Metadata.Name, Sink: l.resolve(p.document, "spec.sink", p.Spec.Sink, "Broker", "Service"),
		Extensions: p.Spec.Overrides.Extensions, ContentType: p.Spec.ContentType, Data: p.data, schedule: p.schedule,
	})
}
