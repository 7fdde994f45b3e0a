package knative

import (
	"cmp"
	"slices"
	"strconv"
)

// linker finds what the manifests name among each other, once all are read.
type linker struct {
	*Manifests
	*findings
	things []thing
	named  map[string]thing // by "Kind name"
	unread map[string]bool  // by "Kind name": it was said what is wrong with it
}

// all goes through the manifests of one kind, in the order of the files.
func all[T thing](l *linker, do func(T)) {
	for _, t := range l.things {
		if one, ok := t.(T); ok {
			do(one)
		}
	}
}

func (l *linker) link() {
	l.namespace()
	l.name()
	all(l, l.service)
	all(l, l.binding)
	all(l, l.broker)
	all(l, l.trigger)
	all(l, l.ping)
	l.circles()
}

// namespace finds the one namespace that everything is in. What names none is
// in it: that is what kubectl apply -n says.
func (l *linker) namespace() {
	for _, t := range l.things {
		h := t.top()
		if h.anywhere() {
			continue
		}
		l.Namespace = cmp.Or(l.Namespace, h.Metadata.Namespace)
		if cmp.Or(h.Metadata.Namespace, l.Namespace) != l.Namespace {
			h.complain("metadata.namespace", "everything is in one namespace here, which is %s by now; "+
				"run another namespace by itself", l.Namespace)
		}
	}
	l.Namespace = cmp.Or(l.Namespace, "default")
}

// anywhere reports whether the kind may be in any namespace.
func (h *head) anywhere() bool {
	return h.Kind == "ConfigMap"
}

// name files everything by kind and name, and drops what has none.
func (l *linker) name() {
	l.named = map[string]thing{}
	l.things = slices.DeleteFunc(l.things, func(t thing) bool { return t.top().Metadata.Name == "" })
	for _, t := range l.things {
		h := t.top()
		key := h.Kind + " " + h.Metadata.Name
		if ns := cmp.Or(h.Metadata.Namespace, l.Namespace); ns != l.Namespace && h.anywhere() {
			key = h.Kind + " " + ns + "/" + h.Metadata.Name
		}
		if first := l.named[key]; first != nil {
			h.complain("metadata.name", "there is a %s of this name at %s:%d; call one another name",
				h.Kind, first.top().file, first.top().line)
			continue
		}
		l.named[key] = t
	}
}

func (l *linker) service(s *serviceManifest) {
	one := Service{Name: s.Metadata.Name, Function: s.function(), Scale: s.scale}
	l.environment(s, &one)
	l.Services = append(l.Services, one)
}

func (l *linker) binding(s *sinkBinding) {
	subject := reference{s.Spec.Subject.APIVersion, s.Spec.Subject.Kind, s.Spec.Subject.Name, s.Spec.Subject.Namespace}
	from := l.refer(s.document, "spec.subject", subject, "Service", "Deployment")
	to := l.resolve(s.document, "spec.sink", s.Spec.Sink, "Broker")
	if had, ok := l.sinks[from]; ok && had != to {
		s.complain("spec.sink", "%s has another sink already; leave one SinkBinding out", from)
	}
	if !from.None() {
		l.sinks[from] = to
	}
}

func (l *linker) broker(b *brokerManifest) {
	c := b.class()
	if c == nil {
		return
	}
	l.config(b, c)
	l.Brokers = append(l.Brokers, Broker{
		Name: b.Metadata.Name, Class: c.name, class: c,
		Delivery: l.delivery(b.document, b.Spec.Delivery, c),
	})
}

// class is the Broker's, nil where there is no such class.
func (b *brokerManifest) class() *class {
	name := cmp.Or(b.Metadata.Annotations[classAnnotation], channel.name)
	for _, c := range classes {
		if c.name == name {
			return c
		}
	}
	b.complain("metadata.annotations."+classAnnotation, "the runner knows %s, %s and %s; write one of them",
		rabbit.name, kafka.name, channel.name)
	return nil
}

// config checks what the Broker is configured by, where that is here to see.
func (l *linker) config(b *brokerManifest, c *class) {
	to := b.Spec.Config
	switch {
	case c.config == "":
		return
	case to == nil:
		b.complain("spec.config", "is missing; a %s Broker needs a %s, or it is never ready", c.name, c.config)
		return
	case to.Kind != c.config:
		b.complain("spec.config.kind", "a %s Broker is configured by a %s", c.name, c.config)
		return
	case cmp.Or(to.Namespace, l.Namespace) != l.Namespace:
		return // somebody else's
	}
	found := l.named[to.Kind+" "+to.Name]
	if found == nil && !l.unread[to.Kind+" "+to.Name] {
		b.complain("spec.config.name", "there is no %s %q; write its manifest, or mend the name", to.Kind, to.Name)
		return
	}
	if topics, ok := found.(*configMap); ok {
		topics.kafka()
	}
}

// kafka checks what a Broker of class Kafka needs to know.
func (c *configMap) kafka() {
	for _, key := range []string{"default.topic.partitions", "default.topic.replication.factor"} {
		if n, err := strconv.Atoi(c.Data[key]); err != nil || n < 1 {
			c.complain("data."+key, `write a whole number of at least "1", in quotes`)
		}
	}
	if c.Data["bootstrap.servers"] == "" {
		c.complain("data.bootstrap.servers", "is missing; write Kafka's addresses")
	}
}

func (l *linker) delivery(d *document, m *deliveryManifest, c *class) Delivery {
	filled := m.fill(c)
	if m == nil {
		return filled
	}
	filled.DeadLetter = l.resolve(d, "spec.delivery.deadLetterSink", m.DeadLetter, "KafkaSink", "Service", "Broker")
	if long := c.longest(filled); c == &rabbit && long >= patience {
		d.complain("spec.delivery", "an event may be on its way for %v, and RabbitMQ takes it back after %v; "+
			"retry less, or wait less", long, patience)
	}
	return filled
}
