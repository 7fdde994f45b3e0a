package lint

var missingRules = []Rule{
	{
		Name: "broker-missing", Severity: Error,
		About: "a Trigger of a Broker that is not among the manifests",
		Why:   "The Trigger is not ready, and is never called.",
		check: noBroker,
	},
	{
		Name: "subscriber-missing", Severity: Error,
		About: "a subscriber that is not among the manifests",
		Why:   "The Trigger or Subscription is not ready, and is never called.",
		check: noSubscriber,
	},
	{
		Name: "sink-missing", Severity: Error,
		About: "a sink, dead-letter sink or reply that is not among the manifests",
		Why:   "What names it is not ready: a source sends nothing, and a Trigger is not called.",
		check: noSinkThere,
	},
	{
		Name: "config-missing", Severity: Error,
		About: "a configuration of a Broker that is not among the manifests",
		Why:   "The Broker is never ready.",
		check: noConfigThere,
	},
	{
		Name: "subject-missing", Severity: Error,
		About: "a SinkBinding for something that is not among the manifests",
		Why:   "Nobody is told the sink: the program has no K_SINK.",
		check: noSubject,
	},
	{
		Name: "broker-ref", Severity: Error,
		About:  "a brokerRef where it is not taken",
		Why:    "The webhook refuses a namespace in it unless the feature cross-namespace-event-links is enabled, which is alpha and is not as shipped. RabbitMQ's controller looks at spec.broker alone.",
		Source: "knative/eventing pkg/apis/eventing/v1/trigger_validation.go, eventing-rabbitmq pkg/reconciler/trigger",
		check:  brokerRefs,
	},
	{
		Name: "name-twice", Severity: Warning,
		About: "two manifests of one kind and name",
		Why:   "The one that is applied last counts, and which that is the names of files decide.",
		check: sameName,
	},
	{
		Name: "destination", Severity: Error,
		About:  "a destination with ref and an absolute uri, or with neither",
		Why:    "The webhook refuses it: with ref, uri is a path there.",
		Source: "knative.dev/pkg apis/duck/v1/destination.go",
		check:  destinations,
	},
}

const elsewhere = "mend the name, kind or namespace, or lint its manifest as well (another -f)"

// require complains of a reference to what should be among the manifests and
// is not. Of a namespace that has no manifest here, nothing is known.
func (p *pass) require(o *object, r reference) {
	if r.kind == "" || r.name == "" || r.unsaid || p.to(r) != nil {
		return
	}
	for _, other := range p.objects {
		if other.namespace == r.namespace || r.namespace == o.namespace {
			p.report(o, r.field, elsewhere, "there is no %s %s", r.kind, r.name)
			return
		}
	}
}

func noBroker(p *pass) {
	for _, t := range p.of(eventing, "Trigger") {
		if f := t.at("spec", "brokerRef"); f.is() {
			p.require(t, refer(t, f))
			continue
		}
		p.require(t, ofBroker(t, t.at("spec", "broker")))
	}
}

func brokerRefs(p *pass) {
	links := p.enabled("config-features", "cross-namespace-event-links", "enabled")
	for _, t := range p.of(eventing, "Trigger") {
		f := t.at("spec", "brokerRef")
		switch {
		case !f.is():
		case isRabbit(p.broker(t)):
			p.report(t, f, "write spec.broker", "%v is a RabbitMQBroker, which does not know brokerRef", p.broker(t))
		case f.at("namespace").is() && !links:
			p.report(t, f, "put the Trigger into the Broker's namespace, and write spec.broker", "a Broker of another namespace is refused as shipped")
		}
	}
}

// places calls do with every field that names where events go, and what it is for.
func (p *pass) places(do func(o *object, key string, f field)) {
	for _, o := range p.objects {
		if !knativeGroup(o.group) {
			continue
		}
		for _, key := range []string{"subscriber", "sink", "reply"} {
			if f := o.at("spec", key); f.is() && !o.isA(eventing, "EventTransform") || key == "sink" && f.is() {
				do(o, key, f)
			}
		}
		if f := o.at("spec", "delivery", "deadLetterSink"); f.is() {
			do(o, "deadLetterSink", f)
		}
		for _, step := range o.at("spec", "steps").items() {
			do(o, "step", step)
			if f := step.at("delivery", "deadLetterSink"); f.is() {
				do(o, "deadLetterSink", f)
			}
		}
		for _, branch := range o.at("spec", "branches").items() {
			for _, key := range []string{"subscriber", "filter", "reply"} {
				if f := branch.at(key); f.is() {
					do(o, key, f)
				}
			}
		}
	}
}

func noSubscriber(p *pass) {
	p.places(func(o *object, key string, f field) {
		if key == "subscriber" || key == "step" || key == "filter" {
			p.require(o, destination(o, f))
		}
	})
}

func noSinkThere(p *pass) {
	p.places(func(o *object, key string, f field) {
		if key == "sink" || key == "reply" || key == "deadLetterSink" {
			p.require(o, destination(o, f))
		}
	})
}

func noConfigThere(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		p.require(b, refer(b, b.at("spec", "config")))
	}
	for _, c := range p.of(eventing, "RabbitmqBrokerConfig") {
		r := refer(c, c.at("spec", "rabbitmqClusterReference"))
		r.group, r.kind, r.unsaid = rabbitmq, "RabbitmqCluster", false
		p.require(c, r)
	}
}

func noSubject(p *pass) {
	for _, s := range p.of(sources, "SinkBinding") {
		p.require(s, refer(s, s.at("spec", "subject")))
	}
}

func destinations(p *pass) {
	p.places(func(o *object, key string, f field) {
		ref, uri := f.at("ref"), f.at("uri").text()
		switch {
		case ref.is() && absolute(uri):
			p.report(o, f, "leave one of them out", "%s has ref and an absolute uri", key)
		case !ref.is() && !absolute(uri):
			p.report(o, f, "write ref, or an absolute uri", "%s has no ref and no absolute uri", key)
		}
	})
}

func sameName(p *pass) {
	type key struct{ group, kind, namespace, name string }
	first := map[key]*object{}
	for _, o := range p.objects {
		k := key{o.group, o.kind, o.namespace, o.name}
		if had := first[k]; had != nil && o.name != "" {
			p.report(o, o.at("metadata", "name"), "leave one of them out, or give it another name", "another %v is at %s:%d", o, had.file, had.line)
			continue
		}
		first[k] = o
	}
}
