package metrics_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/internal/metrics"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

func TestMetrics_Lags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := metrics.New(store.New(memory.New()))
		asked, answer := 0, make(chan struct{})
		close(answer)
		m.Lags(func(context.Context) (map[string]int64, error) {
			asked++
			<-answer
			return map[string]int64{"keeper": int64(asked)}, nil
		}, func(context.Context) (map[string]int64, error) { return nil, errors.New("away") })
		const first, second = `tourbillon_trigger_lag{trigger="keeper"} 1`, `tourbillon_trigger_lag{trigger="keeper"} 2`
		wants(t, scrape(t, m), first)
		wants(t, scrape(t, m), first) // so soon after, nobody is asked again
		time.Sleep(6 * time.Second)
		answer = make(chan struct{})
		began := time.Now()
		if text := scrape(t, m); strings.Contains(text, "trigger_lag") || time.Since(began) > 4*time.Second {
			t.Errorf("a broker that does not answer: after %v %s", time.Since(began), ours(text))
		}
		close(answer)
		synctest.Wait()
		wants(t, scrape(t, m), second)
		if asked != 2 {
			t.Errorf("asked %d times, want 2: one at a time, and not at every scrape", asked)
		}
	})
}
