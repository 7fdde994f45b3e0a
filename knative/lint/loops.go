package lint

import (
	"regexp"
	"slices"
)

var loopRules = []Rule{
	{
		Name: "broker-circle", Severity: Error,
		About:  "Brokers that lead back to each other",
		Why:    "Nothing stops an event that goes round: neither RabbitMQ's broker nor Kafka's counts hops, the channel-based one counts 255.",
		Source: "knative/specs eventing/data-plane.md",
		check:  brokerCircles,
	},
	{
		Name: "reply-loop", Severity: Error,
		About:  "a subscriber that answers with a type that its own Trigger wants",
		Why:    "An answer goes into the Broker and past every Trigger, also the one that it came of: the subscriber hears itself, on RabbitMQ and Kafka for ever, on the channel-based broker 255 times.",
		Source: "knative/specs eventing/data-plane.md",
		check:  replyLoops,
	},
	{
		Name: "reply-circle", Severity: Warning,
		About:  "subscribers that answer each other in a circle",
		Why:    "If each of them always answers, one event is enough for ever. Neither RabbitMQ's broker nor Kafka's counts hops.",
		Source: "knative/specs eventing/data-plane.md",
		check:  replyCircles,
	},
	{
		Name: "unfiltered-trigger", Severity: Warning,
		About:  "a Trigger without a filter whose subscriber may answer",
		Why:    "Whatever the subscriber answers with comes back to it, and neither RabbitMQ's broker nor Kafka's stops that.",
		Source: "knative/specs eventing/data-plane.md",
		check:  unfiltered,
	},
}

// relays are the Triggers from one Broker to another.
func (p *pass) relays() map[*object][]relay {
	from := map[*object][]relay{}
	p.triggers(func(t, b *object) {
		if to := p.to(destination(t, t.at("spec", "subscriber"))); to != nil && to.isA(eventing, "Broker") {
			from[b] = append(from[b], relay{t, to})
		}
	})
	return from
}

type relay struct{ trigger, to *object }

func brokerCircles(p *pass) {
	from := p.relays()
	for b, all := range from {
		for _, r := range all {
			e := event{attributes: exact(r.trigger, b)}
			if wanted(r.trigger, b, e) == always && leads(from, r.to, b, e, map[*object]bool{}) {
				p.report(r.trigger, r.trigger.at("spec", "subscriber"), "break the circle, or filter by what only one of the ways has",
					"%v leads back to %v, and what passes there passes here again", r.to, b)
			}
		}
	}
}

// leads reports whether an event that is in one Broker certainly gets to another.
func leads(from map[*object][]relay, at, to *object, e event, been map[*object]bool) bool {
	if at == to {
		return true
	}
	if been[at] {
		return false
	}
	been[at] = true
	return slices.ContainsFunc(from[at], func(r relay) bool {
		return wanted(r.trigger, at, e) == always && leads(from, r.to, to, e, been)
	})
}

// literalType is a type that an expression in JSONata writes out.
var literalType = regexp.MustCompile(`["']type["']\s*:\s*["']([A-Za-z0-9._/-]+)["']\s*[,}]`)

// replies are the types of event that a Trigger's subscriber is known to answer with.
func (p *pass) replies(t *object) []string {
	r := destination(t, t.at("spec", "subscriber"))
	if r.kind == "Service" {
		return p.options.Replies[r.name]
	}
	to := p.to(r)
	if to == nil || !to.isA(eventing, "EventTransform") || to.at("spec", "sink").is() {
		return nil
	}
	var types []string
	for _, m := range literalType.FindAllStringSubmatch(to.at("spec", "jsonata", "expression").text(), -1) {
		types = append(types, m[1])
	}
	return types
}

// answers reports whether an answer of one Trigger's subscriber is certainly
// wanted by another Trigger of that Broker, and with which type.
func (p *pass) answers(t, u, b *object) (string, bool) {
	for _, name := range p.replies(t) {
		for _, e := range p.ofType(name, b) {
			if wanted(u, b, e) == always {
				return name, true
			}
		}
	}
	return "", false
}

// ofType is what is known of events of a type: what an EventType of the Broker
// says, or else the type alone.
func (p *pass) ofType(name string, b *object) (all []event) {
	for _, e := range p.published(b) {
		if e.by.kind == "EventType" && e.attributes["type"] == name {
			all = append(all, e.event)
		}
	}
	if all == nil {
		all = []event{{attributes: map[string]string{"type": name}}}
	}
	return all
}

func replyLoops(p *pass) {
	p.triggers(func(t, b *object) {
		if name, ok := p.answers(t, t, b); ok {
			p.report(t, t.at("spec", "subscriber"), "answer with another type, or filter by what the answer does not have",
				"the subscriber answers with %s, which this Trigger wants", name)
		}
	})
}

func replyCircles(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		all := p.triggersOf(b)
		next := map[*object][]*object{}
		for _, t := range all {
			for _, u := range all {
				if _, ok := p.answers(t, u, b); ok && t != u {
					next[t] = append(next[t], u)
				}
			}
		}
		for _, t := range all {
			if slices.ContainsFunc(next[t], func(u *object) bool { return reaches(next, u, t, map[*object]bool{}) }) {
				p.report(t, t.at("spec", "subscriber"), "have one of them answer nothing when it is done",
					"its answers lead back to it by other Triggers of %v", b)
			}
		}
	}
}

func reaches(next map[*object][]*object, from, to *object, been map[*object]bool) bool {
	if from == to {
		return true
	}
	if been[from] {
		return false
	}
	been[from] = true
	return slices.ContainsFunc(next[from], func(n *object) bool { return reaches(next, n, to, been) })
}

// mayAnswer are the kinds that may answer with an event.
var mayAnswer = map[string]bool{"Service": true, "Deployment": true, "Sequence": true, "Parallel": true, "EventTransform": true}

func unfiltered(p *pass) {
	p.triggers(func(t, b *object) {
		if !isRabbit(b) && !isKafka(b) {
			return // which counts hops
		}
		to := destination(t, t.at("spec", "subscriber"))
		said, ok := p.options.Replies[to.name]
		silent := ok && len(said) == 0
		if !mayAnswer[to.kind] && to.kind != "" || silent || len(p.replies(t)) > 0 || t.at("spec", "filters").is() {
			return
		}
		if wanted(t, b, event{whole: true}) == always {
			p.report(t, t.at("spec"), "filter by what the answers do not have; if it answers nothing, say -replies "+to.name+"=",
				"it wants every event of %v, also what its own subscriber answers", b)
		}
	})
}
