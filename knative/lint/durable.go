package lint

import (
	"strings"

	"tourbillon/knative"
)

var durableRules = []Rule{
	{
		Name: "in-memory-channel", Severity: Warning,
		About:  "a channel that is kept in memory, or a Broker made of such channels",
		Why:    "What is in an InMemoryChannel is gone when its pod is. It is what a Channel, Sequence, Parallel or channel-based Broker gets that asks for nothing else.",
		Source: "knative/eventing config/channels/in-memory-channel",
		check:  inMemory,
	},
	{
		Name: "event-policy-without-oidc", Severity: Warning,
		About:  "an EventPolicy where nothing enables authentication",
		Why:    "It keeps nobody out unless the feature authentication-oidc is enabled, which is alpha and is not as shipped.",
		Source: "knative/eventing pkg/apis/feature",
		check:  policies,
	},
}

const inMemoryChannel = "InMemoryChannel"

func inMemory(p *pass) {
	instead := "name a durable channelTemplate, as KafkaChannel"
	for _, o := range p.of(messaging, inMemoryChannel) {
		p.report(o, o.at("kind"), "use a KafkaChannel, or a Broker", "it is kept in memory")
	}
	for _, o := range p.objects {
		if !o.isA(messaging, "Channel") && !o.isA(flows, "Sequence", "Parallel") {
			continue
		}
		f := o.at("spec", "channelTemplate")
		switch kind := f.at("kind"); {
		case kind.text() == inMemoryChannel:
			p.report(o, kind, instead, "its channel is kept in memory")
		case !kind.is():
			p.report(o, f, instead, "it asks for no channel, and gets the cluster's default, in memory as shipped")
		}
	}
	inMemoryBrokers(p)
}

// inMemoryBrokers looks at Brokers that are made of channels.
func inMemoryBrokers(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		if classOf(b) != knative.ClassChannel {
			continue
		}
		config := b.at("spec", "config")
		to := p.to(refer(b, config))
		switch {
		case !config.is():
			p.report(b, b.at("spec"), "use a Broker of class Kafka or RabbitMQBroker, or name a config with a durable channel",
				"it has no config, and gets the cluster's default channel, in memory as shipped")
		case to != nil && strings.Contains(to.at("data", "channel-template-spec").text(), inMemoryChannel):
			p.report(b, config, "name a durable channel in "+to.String()+", as KafkaChannel", "its channels are kept in memory")
		}
	}
}

func policies(p *pass) {
	if p.enabled("config-features", "authentication-oidc", "enabled") {
		return
	}
	for _, o := range p.of(eventing, "EventPolicy") {
		p.report(o, o.at("kind"), "enable authentication-oidc in config-features, or keep senders out by a NetworkPolicy", "nothing here enables authentication-oidc")
	}
}
