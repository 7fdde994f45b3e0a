package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"tourbillon/internal/audit"
)

// webhooks counts what providers posted.
func webhooks() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tourbillon_webhooks_total", Help: "What providers told by webhook, and what was refused, by what became of it.",
	}, []string{"provider", "outcome"})
}

// Webhook counts one thing that a provider told, or one delivery refused.
func (m *Metrics) Webhook(provider, outcome string) {
	m.webhooks.WithLabelValues(provider, outcome).Inc()
}

// messages counts what providers were asked to send.
func messages() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tourbillon_messages_total", Help: "What providers were asked to send, by what came of it; by nobody, that no provider serves the channel.",
	}, []string{"channel", "provider", "outcome"})
}

// Message counts what came of one message at one provider.
func (m *Metrics) Message(channel, provider, outcome string) {
	m.messages.WithLabelValues(channel, provider, outcome).Inc()
}

// violations counts what the live audit finds, by rule: all of them from the
// start, so that a rate sees the first.
func violations() *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tourbillon_audit_violations_total", Help: "Facts and bookings that broke a rule of conservation.",
	}, []string{"rule"})
	for _, r := range audit.Rules() {
		v.WithLabelValues(string(r))
	}
	return v
}

// Violated counts a violation of a rule: one of [audit.Rules].
func (m *Metrics) Violated(rule string) { m.violations.WithLabelValues(rule).Inc() }
