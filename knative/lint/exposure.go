package lint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var exposureRules = []Rule{
	{
		Name: "ingress-hard-coded", Severity: Warning,
		About:  "the address of a Broker's ingress, written out",
		Why:    "Each class has its own address, and the class cannot be changed without a new Broker: the address is the Broker's status.address.url, and K_SINK by a SinkBinding.",
		Source: "knative/specs eventing/control-plane.md",
		check:  hardCoded,
	},
	{
		Name: "rabbitmq-ingress-path", Severity: Error,
		About:  "the ingress of a RabbitMQBroker with a path",
		Why:    "It takes the path / alone, and answers 404 to every other: the event is sent again until it is given up.",
		Source: "eventing-rabbitmq cmd/ingress/main.go",
		check:  ingressPath,
	},
	{
		Name: "rabbitmq-ingress-exposed", Severity: Error,
		About:  "the ingress of a RabbitMQBroker open to the outside",
		Why:    "It answers OPTIONS with 405, so that a sender of webhooks that asks first (the CloudEvents handshake) never sends. It knows no signature either.",
		Source: "eventing-rabbitmq cmd/ingress/main.go",
		check:  ingressExposed,
	},
	{
		Name: "k-sink-by-hand", Severity: Warning,
		About:  "K_SINK written into a container",
		Why:    "A SinkBinding keeps it right when the Broker's address changes; what is written by hand stays.",
		Source: "knative/eventing pkg/apis/sources/v1/sinkbinding_lifecycle.go",
		check:  kSink,
	},
	{
		Name: "rabbitmq-refusal-lost", Severity: Warning,
		About:  "a Trigger of a RabbitMQBroker whose subscriber may refuse with a 4xx that nobody of ours decides",
		Why:    "A RabbitMQBroker takes 400, 401, 403, 410, 413, 422 and every 3xx for success: the event is gone, and not in the dead-letter sink.",
		Source: "eventing-rabbitmq pkg/dispatcher/dispatcher.go",
		check:  refusals,
	},
}

// brokerHost is the host of a Broker's ingress, of whatever class.
var brokerHost = regexp.MustCompile(`\b(?:kafka-)?broker-ingress\.knative-eventing\b|\b[a-z0-9-]+-broker-ingress\.[a-z0-9-]+\b`)

func hardCoded(p *pass) {
	for _, o := range p.objects {
		if o.kind == "NetworkPolicy" || o.kind == "Certificate" {
			continue // they are of the ingress
		}
		o.at("spec").each(func(_ string, f field) {
			if at := brokerHost.FindString(f.text()); at != "" {
				p.report(o, f, "name the Broker by ref, or have a SinkBinding give it as K_SINK", "%s is the address of a Broker's ingress", at)
			}
		})
	}
}

var rabbitURL = regexp.MustCompile(`https?://([a-z0-9-]+)-broker-ingress\.([a-z0-9-]+)[a-z0-9.]*(?::\d+)?(/[^\s"']+)`)

func ingressPath(p *pass) {
	for _, o := range p.objects {
		o.at("spec").each(func(_ string, f field) {
			m := rabbitURL.FindStringSubmatch(f.text())
			if m != nil && isRabbit(p.find(eventing, "Broker", m[2], m[1])) {
				p.report(o, f, "leave the path out", "the ingress of Broker %s knows no path", m[1])
			}
		})
	}
	p.places(func(o *object, _ string, f field) {
		path := f.at("uri")
		if to := p.to(destination(o, f)); isRabbit(to) && path.is() && path.text() != "/" && to.kind == "Broker" {
			p.report(o, path, "leave the path out", "the ingress of %v knows no path", to)
		}
	})
}

func ingressExposed(p *pass) {
	outside := []string{"Ingress", "HTTPRoute", "VirtualService", "IngressRoute", "Route"}
	instead := "put a function in front that answers OPTIONS, checks the signature, and publishes to K_SINK"
	for _, o := range p.objects {
		if o.isA(serving, "DomainMapping") {
			if to := p.to(refer(o, o.at("spec", "ref"))); to != nil && to.isA(eventing, "Broker") && isRabbit(to) {
				p.report(o, o.at("spec", "ref"), instead, "it leads to the ingress of %v", to)
			}
			continue
		}
		if !slices.Contains(outside, o.kind) {
			continue
		}
		o.at("spec").each(func(_ string, f field) {
			host, _, _ := strings.Cut(f.text(), ".")
			name, ok := strings.CutSuffix(host, "-broker-ingress")
			if to := p.find(eventing, "Broker", o.namespace, name); ok && isRabbit(to) {
				p.report(o, f, instead, "it leads to the ingress of %v", to)
			}
		})
	}
}

func kSink(p *pass) {
	for _, o := range p.objects {
		for _, c := range o.containers() {
			if e := variable(c, "K_SINK"); e.at("value").is() {
				p.report(o, e, "leave it out, and write a SinkBinding", "K_SINK is written by hand")
			}
		}
	}
}

// absolute reports whether a URI names a host.
func absolute(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.Host != ""
}

// inside reports whether an address is one of the cluster's own.
func inside(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".svc") || strings.Contains(host, ".svc.") || strings.HasSuffix(host, ".local")
}

func refusals(p *pass) {
	instead := "put a function between that answers 5xx to what is to be tried again, and says as an event what was refused"
	p.triggers(func(t, b *object) {
		if !isRabbit(b) {
			return
		}
		f := t.at("spec", "subscriber")
		to := p.to(destination(t, f))
		if uri := f.at("uri").text(); absolute(uri) && !inside(uri) {
			p.report(t, f, instead, "the subscriber is outside the cluster, and its refusals count as success")
			return
		}
		for _, policy := range p.of(eventing, "EventPolicy") {
			for _, guarded := range policy.at("spec", "to").items() {
				if to != nil && p.to(refer(policy, guarded.at("ref"))) == to {
					p.report(t, f, "let the broker's dispatcher in by the policy, and test it", "%v guards %v, and what it refuses counts as success", policy, to)
				}
			}
		}
	})
}
