package metrics_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/metrics"
)

func TestMetrics_Parts(t *testing.T) {
	charged := arrow.Observation{Function: "charge", Name: events.PaymentCharge, Said: events.SagaCompleted, Lasted: 3 * time.Second, Verdict: "said", Took: 2 * time.Millisecond}
	m := empty()
	m.Breaker(planted{"store", "closed"})
	m.Observe(charged)
	var parts []metrics.Part
	for _, name := range []string{"charge", "charge", "saga"} {
		child := empty()
		child.Breaker(planted{"store", "open"})
		child.Observe(charged)
		parts = append(parts, metrics.Part{Name: name, Scrape: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(scrape(t, child))), nil
		}})
	}
	parts = append(parts,
		metrics.Part{Name: "gone", Scrape: func(context.Context) (io.ReadCloser, error) { return nil, errors.New("refused") }},
		metrics.Part{Name: "odd", Scrape: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("{{{")), nil
		}},
	)
	m.AddParts(func() []metrics.Part { return parts })
	text := scrape(t, m)
	t.Run("what counts is added up", func(t *testing.T) {
		wants(t, text,
			`tourbillon_deliveries_total{function="charge",name="payment.charge",verdict="said"} 4`,
			`tourbillon_handling_seconds_count{function="charge",name="payment.charge"} 4`,
			`tourbillon_handling_seconds_sum{function="charge",name="payment.charge"} 0.008`,
			`tourbillon_handling_seconds_bucket{function="charge",name="payment.charge",le="0.001"} 0`,
			`tourbillon_handling_seconds_bucket{function="charge",name="payment.charge",le="0.0025"} 4`,
			`tourbillon_handling_seconds_bucket{function="charge",name="payment.charge",le="+Inf"} 4`,
			`tourbillon_end_to_end_seconds_count{ending="saga.completed"} 4`,
			`tourbillon_breaker_refused_total{breaker="store"} 28`)
	})
	t.Run("and stays where a part has ended that was asked before", func(t *testing.T) {
		m.AddParts(func() []metrics.Part { return parts })
		for range 2 {
			m.Keep(parts[0], func() { parts = parts[1:] })
		}
		for range 2 { // what is told is not added to what is kept
			wants(t, scrape(t, m),
				`tourbillon_deliveries_total{function="charge",name="payment.charge",verdict="said"} 4`,
				`tourbillon_handling_seconds_bucket{function="charge",name="payment.charge",le="0.0025"} 4`,
				`tourbillon_handling_seconds_sum{function="charge",name="payment.charge"} 0.008`,
				`tourbillon_process_up{function="saga"} 1`)
		}
	})
	t.Run("a circuit breaker is its process's", func(t *testing.T) {
		wants(t, text,
			`tourbillon_breaker_state{breaker="store",state="closed"} 1`,
			`tourbillon_breaker_state{breaker="store",state="open",function="charge"} 1`,
			`tourbillon_breaker_state{breaker="store",state="open",function="saga"} 1`)
	})
	t.Run("what all say alike is said once", func(t *testing.T) {
		if n := strings.Count(text, "\ntourbillon_store_up 1\n"); n != 1 {
			t.Errorf("it is said %d times", n)
		}
	})
	t.Run("who does not answer is left out, and that is said", func(t *testing.T) {
		wants(t, text, `tourbillon_process_up{function="charge"} 2`, `tourbillon_process_up{function="gone"} 0`, `tourbillon_process_up{function="odd"} 0`)
	})
}
