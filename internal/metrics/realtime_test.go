package metrics_test

import (
	"strings"
	"testing"

	"tourbillon/realtime"
)

type relay func() realtime.Stats

func (r relay) Stats() realtime.Stats { return r() }

type gated map[string]uint64

func (g gated) In() (int, map[string]uint64) { return 4, g }

func TestMetrics_Relay(t *testing.T) {
	m := empty()
	m.Relay(relay(func() realtime.Stats {
		s := realtime.Stats{
			Connections: map[string]int{"websocket": 3, "polling": 1}, Subscriptions: 7, In: 20, Dropped: 2, Gaps: 1, Missed: 4, Out: 50,
			Conflated: 5, Resumes: 6, Closed: map[int]uint64{realtime.CloseRate: 2}, LagCount: 9, LagSum: 1.5, Stale: true,
		}
		s.Lag[0], s.Lag[1] = 4, 8
		return s
	}), gated{"origin": 3})
	text := scrape(t, m)
	wants(t, text,
		`tourbillon_relay_connections{transport="websocket"} 3`,
		`tourbillon_relay_connections{transport="sse"} 0`,
		`tourbillon_relay_connections{transport="polling"} 1`,
		`tourbillon_relay_subscriptions 7`,
		`tourbillon_relay_values_in_total 20`,
		`tourbillon_relay_values_dropped_total 2`,
		`tourbillon_relay_gaps_total 1`,
		`tourbillon_relay_missed_total 4`,
		`tourbillon_relay_messages_out_total 50`,
		`tourbillon_relay_values_conflated_total 5`,
		`tourbillon_relay_resumes_total 6`,
		`tourbillon_relay_stale 1`,
		`tourbillon_relay_closed_total{code="4429"} 2`,
		`tourbillon_relay_refused_total{reason="origin"} 3`,
		`tourbillon_relay_lag_seconds_count 9`,
		`tourbillon_relay_lag_seconds_sum 1.5`)
	if !strings.Contains(text, `tourbillon_relay_lag_seconds_bucket{le="0.0025"} 8`) {
		t.Error("the histogram has not its buckets")
	}
}
