package lint

import "fmt"

var vocabularyRules = []Rule{
	{
		Name: "type-nobody-hears", Severity: Warning,
		About: "an EventType or PingSource whose events no Trigger of the Broker wants",
		Why:   "A Broker drops without a word what no Trigger wants.",
		check: unheard,
	},
	{
		Name: "type-nobody-publishes", Severity: Warning,
		About: "a Trigger that wants none of the events that its Broker is said to have",
		Why:   "It is never called: the filter may have a typing error, or the type another version.",
		check: unpublished,
	},
}

// publication is an event that is said to be published to a Broker.
type publication struct {
	event
	by       *object
	declared bool // it has all attributes that it will ever have
	relayed  bool // it comes from another Broker
}

// mend says how to give its events another attribute.
func (e publication) mend(attribute string) string {
	if e.by.kind == "EventType" {
		return "have senders set it, and name it among the attributes of the EventType"
	}
	return fmt.Sprintf("write ceOverrides: {extensions: {%s: ...}}", attribute)
}

// published is what manifests say of the events of a Broker.
func (p *pass) published(b *object) []publication {
	if all, ok := p.said[b]; ok {
		return all
	}
	p.said[b] = nil // of Brokers in a circle, what the others say
	p.said[b] = p.gather(b)
	return p.said[b]
}

func (p *pass) gather(b *object) (all []publication) {
	for _, o := range p.objects {
		switch {
		case o.isA(eventing, "EventType"):
			if e, ok := p.eventType(o, b); ok {
				all = append(all, e)
			}
		case o.isA(eventing, "Trigger"):
			if p.to(destination(o, o.at("spec", "subscriber"))) == b {
				all = append(all, p.relayed(o)...)
			}
		case p.to(destination(o, o.at("spec", "sink"))) != b, o.isA(sources, "SinkBinding"): // a program publishes what EventTypes say
		case o.isA(sources, "PingSource"):
			e := event{whole: true, attributes: map[string]string{
				"specversion": "1.0", "type": "dev.knative.sources.ping", "id": "{}", "time": "{}", "datacontenttype": "{}",
				"source": "/apis/v1/namespaces/{}/pingsources/" + o.name,
			}}
			all = append(all, publication{event: e.with(overrides(o)), by: o, declared: true})
		default:
			all = append(all, publication{event: event{attributes: overrides(o)}, by: o})
		}
	}
	return all
}

// relayed is what a Trigger hands on from its own Broker to another.
func (p *pass) relayed(t *object) (all []publication) {
	from := p.broker(t)
	if from == nil {
		return []publication{{by: t, relayed: true}}
	}
	for _, e := range p.published(from) {
		if wanted(t, from, e.event) != never {
			e.relayed = true
			all = append(all, e)
		}
	}
	return append(all, publication{by: t, relayed: true}) // and what nobody said
}

func overrides(o *object) map[string]string {
	all := map[string]string{}
	for _, e := range o.at("spec", "ceOverrides", "extensions").pairs() {
		all[e.key] = e.text()
	}
	return all
}

// eventType is what an EventType says of the events of a Broker.
func (p *pass) eventType(o, b *object) (publication, bool) {
	to := p.to(refer(o, o.at("spec", "reference")))
	if !o.at("spec", "reference").is() { // up to v1beta1
		to = p.to(ofBroker(o, o.at("spec", "broker")))
	}
	if to != b {
		return publication{}, false
	}
	e := publication{event: event{attributes: map[string]string{}, optional: map[string]bool{}}, by: o}
	for _, a := range o.at("spec", "attributes").items() {
		e.declared = true
		value := a.at("value").text()
		if value == "" {
			value = "{}" // any
		}
		name := a.at("name").text()
		e.attributes[name], e.optional[name] = value, a.at("required").text() != "true"
	}
	for _, name := range []string{"type", "source"} { // up to v1beta2
		if f := o.at("spec", name); f.is() {
			e.attributes[name] = f.text()
		}
	}
	return e, true
}

func unheard(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		all := p.triggersOf(b)
		if len(all) == 0 {
			continue // they may be elsewhere
		}
		for _, e := range p.published(b) {
			heard := e.relayed
			for _, t := range all {
				heard = heard || wanted(t, b, e.event) != never
			}
			if !heard && (e.by.kind == "EventType" || e.by.kind == "PingSource") {
				p.report(e.by, e.by.at("spec"), "write a Trigger for it, or mend the filter that was meant", "no Trigger of %v wants its events", b)
			}
		}
	}
}

func unpublished(p *pass) {
	p.triggers(func(t, b *object) {
		said, types := p.published(b), false
		named := named(said)
		for _, e := range said {
			types = types || e.by.kind == "EventType" && !e.relayed
			if wanted(t, b, e.event) != never && !e.lacks(t, b, named) {
				return
			}
		}
		if !types { // then nobody said what there is
			return
		}
		p.report(t, t.at("spec"), "mend the filter, or say in an EventType what publishes it",
			"none of the events that %v is said to have matches (there are %d)", b, len(said))
	})
}

// named are the attributes that EventTypes name.
func named(said []publication) map[string]bool {
	all := map[string]bool{}
	for _, e := range said {
		for name := range e.attributes {
			all[name] = all[name] || e.by.kind == "EventType"
		}
	}
	return all
}

// lacks reports whether a Trigger wants an attribute of which the EventType says
// nothing, where another one does: then who wrote them would have named it.
func (e publication) lacks(t, b *object, named map[string]bool) bool {
	if !e.declared || e.relayed || len(t.at("spec", "filters").items()) > 0 && !isRabbit(b) {
		return false
	}
	for _, a := range t.at("spec", "filter", "attributes").pairs() {
		if _, has := e.attributes[a.key]; !has && named[a.key] {
			return true
		}
	}
	return false
}
