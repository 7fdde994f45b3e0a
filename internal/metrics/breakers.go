package metrics

import "github.com/prometheus/client_golang/prometheus"

// Breaker is a circuit breaker as a scrape sees it.
type Breaker interface {
	Name() string
	State() string   // closed, half-open or open
	Refused() uint64 // calls not made so far
}

var (
	breakerDesc = prometheus.NewDesc("tourbillon_breaker_state", "The state that a circuit breaker is in: 1 there, else 0.", []string{"breaker", "state"}, nil)
	refusedDesc = prometheus.NewDesc("tourbillon_breaker_refused_total", "Calls that a circuit breaker did not let through.", []string{"breaker"}, nil)
)

// breakers tells how they stand whenever it is asked.
type breakers []Breaker

// Breakers adds circuit breakers to what is scraped, once.
func (m *Metrics) Breakers(all ...Breaker) { m.registry.MustRegister(breakers(all)) }

// Describe implements prometheus.Collector.
func (bs breakers) Describe(to chan<- *prometheus.Desc) {
	to <- breakerDesc
	to <- refusedDesc
}

// Collect implements prometheus.Collector.
func (bs breakers) Collect(to chan<- prometheus.Metric) {
	for _, b := range bs {
		is := b.State()
		for _, state := range []string{"closed", "half-open", "open"} {
			value := 0.0
			if state == is {
				value = 1
			}
			to <- prometheus.MustNewConstMetric(breakerDesc, prometheus.GaugeValue, value, b.Name(), state)
		}
		to <- prometheus.MustNewConstMetric(refusedDesc, prometheus.CounterValue, float64(b.Refused()), b.Name())
	}
}
