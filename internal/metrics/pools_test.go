package metrics_test

import (
	"testing"
	"time"

	"tourbillon/internal/metrics"
)

func TestMetrics_Pools(t *testing.T) {
	m := empty()
	cold := m.Pools(func() []metrics.Pool {
		return []metrics.Pool{{Function: "notify", Ready: 2, Starting: 1, Stopping: 3, UnderWay: 7, Waiting: 4, Starts: 9, Failed: 1}}
	})
	cold("notify", 40*time.Millisecond)
	wants(t, scrape(t, m),
		`tourbillon_instances{function="notify",state="ready"} 2`, `tourbillon_instances{function="notify",state="starting"} 1`,
		`tourbillon_instances{function="notify",state="stopping"} 3`, `tourbillon_exchanges{function="notify",state="served"} 3`,
		`tourbillon_exchanges{function="notify",state="waiting"} 4`, `tourbillon_starts_total{function="notify"} 9`,
		`tourbillon_crashes_total{function="notify"} 1`, `tourbillon_cold_start_seconds_bucket{function="notify",le="0.025"} 0`,
		`tourbillon_cold_start_seconds_bucket{function="notify",le="0.05"} 1`)
}
