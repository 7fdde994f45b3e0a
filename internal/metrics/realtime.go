package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"tourbillon/realtime"
)

// Relay is a relay as a scrape sees it, and Gate who may come in there.
type (
	Relay interface{ Stats() realtime.Stats }
	Gate  interface {
		In() (in int, refused map[string]uint64) // by why
	}
)

// relayed are a relay's series without labels.
var relayed = []struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(realtime.Stats) float64
}{
	{relayDesc("subscriptions", "Topics that connections watch, each counted for each."), prometheus.GaugeValue, func(s realtime.Stats) float64 { return float64(s.Subscriptions) }},
	{relayDesc("values_in_total", "Changes that the feed told of."), prometheus.CounterValue, func(s realtime.Stats) float64 { return float64(s.In) }},
	{relayDesc("values_dropped_total", "Changes that were not newer than what was known."), prometheus.CounterValue, func(s realtime.Stats) float64 { return float64(s.Dropped) }},
	{relayDesc("gaps_total", "Changes before which another one is missing."), prometheus.CounterValue, func(s realtime.Stats) float64 { return float64(s.Gaps) }},
	{relayDesc("missed_total", "Values that were read, and that no feed had told of."), prometheus.CounterValue, func(s realtime.Stats) float64 { return float64(s.Missed) }},
	{relayDesc("messages_out_total", "Messages handed to connections."), prometheus.CounterValue, func(s realtime.Stats) float64 { return float64(s.Out) }},
	{relayDesc("values_conflated_total", "Values that a newer one replaced before they were sent."), prometheus.CounterValue, func(s realtime.Stats) float64 { return float64(s.Conflated) }},
	{relayDesc("resumes_total", "Subscriptions that said what was seen before."), prometheus.CounterValue, func(s realtime.Stats) float64 { return float64(s.Resumes) }},
	{relayDesc("stale", "Whether clients were told that values may be old."), prometheus.GaugeValue, func(s realtime.Stats) float64 {
		if s.Stale {
			return 1
		}
		return 0
	}},
}

var (
	relayConnections = relayDesc("connections", "Open connections.", "transport")
	relayClosed      = relayDesc("closed_total", "Connections that the relay closed, by the code of why.", "code")
	relayRefused     = relayDesc("refused_total", "Connections that were not let in, by why.", "reason")
	relayLag         = relayDesc("lag_seconds", "From a fact's time to its way into a socket.")
)

func relayDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("tourbillon_relay_"+name, help, labels, nil)
}

// watched tells of a relay whenever it is asked.
type watched struct {
	Relay
	gate Gate
}

// Relay adds a relay to what is scraped; there is one.
func (m *Metrics) Relay(r Relay, g Gate) { m.registry.MustRegister(watched{r, g}) }

// Describe implements prometheus.Collector.
func (watched) Describe(to chan<- *prometheus.Desc) {
	for _, one := range relayed {
		to <- one.desc
	}
	to <- relayConnections
	to <- relayClosed
	to <- relayRefused
	to <- relayLag
}

// Collect implements prometheus.Collector.
func (w watched) Collect(to chan<- prometheus.Metric) {
	s := w.Stats()
	for _, one := range relayed {
		to <- prometheus.MustNewConstMetric(one.desc, one.kind, one.of(s))
	}
	for _, transport := range []string{"websocket", "sse", "socket.io", "polling"} {
		to <- prometheus.MustNewConstMetric(relayConnections, prometheus.GaugeValue, float64(s.Connections[transport]), transport)
	}
	for code, n := range s.Closed {
		to <- prometheus.MustNewConstMetric(relayClosed, prometheus.CounterValue, float64(n), strconv.Itoa(code))
	}
	_, refused := w.gate.In()
	for why, n := range refused {
		to <- prometheus.MustNewConstMetric(relayRefused, prometheus.CounterValue, float64(n), why)
	}
	buckets := make(map[float64]uint64, len(s.Lag))
	for i, n := range s.Lag {
		buckets[realtime.LagBuckets[i]] = n
	}
	to <- prometheus.MustNewConstHistogram(relayLag, s.LagCount, s.LagSum, buckets)
}
