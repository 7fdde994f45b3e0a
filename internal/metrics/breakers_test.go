package metrics_test

import "testing"

type planted struct{ name, state string }

func (p planted) Name() string  { return p.name }
func (p planted) State() string { return p.state }
func (planted) Refused() uint64 { return 7 }

func TestMetrics_Breakers(t *testing.T) {
	m := empty()
	m.Breaker(planted{"store", "open"})
	m.Breaker(planted{"payments", "closed"})
	wants(t, scrape(t, m),
		`tourbillon_breaker_state{breaker="store",state="open"} 1`,
		`tourbillon_breaker_state{breaker="store",state="half-open"} 0`,
		`tourbillon_breaker_state{breaker="store",state="closed"} 0`,
		`tourbillon_breaker_state{breaker="payments",state="closed"} 1`,
		`tourbillon_breaker_refused_total{breaker="store"} 7`)
}
