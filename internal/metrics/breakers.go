package metrics

import "github.com/prometheus/client_golang/prometheus"

// Breaker is a circuit breaker as a scrape sees it.
type Breaker interface {
	Name() string
	State() string   // closed, half-open or open
	Refused() uint64 // calls not made so far
}

var (
	breakerDesc = prometheus.NewDesc("tourbillon_breaker_state", "The state that a circuit breaker is in: 1 there, else 0.", []string{"state"}, nil)
	refusedDesc = prometheus.NewDesc("tourbillon_breaker_refused_total", "Calls that a circuit breaker did not let through.", nil, nil)
)

// guard tells how a breaker stands whenever it is asked.
type guard struct{ Breaker }

// Breaker adds a circuit breaker to what is scraped; each needs a name of its
// own.
func (m *Metrics) Breaker(b Breaker) {
	by := prometheus.Labels{"breaker": b.Name()}
	prometheus.WrapRegistererWith(by, m.registry).MustRegister(guard{b})
}

// Describe implements prometheus.Collector.
func (guard) Describe(to chan<- *prometheus.Desc) {
	to <- breakerDesc
	to <- refusedDesc
}

// Collect implements prometheus.Collector.
func (g guard) Collect(to chan<- prometheus.Metric) {
	is := g.State()
	for _, state := range []string{"closed", "half-open", "open"} {
		value := 0.0
		if state == is {
			value = 1
		}
		to <- prometheus.MustNewConstMetric(breakerDesc, prometheus.GaugeValue, value, state)
	}
	to <- prometheus.MustNewConstMetric(refusedDesc, prometheus.CounterValue, float64(g.Refused()))
}
