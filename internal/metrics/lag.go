package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// lagEvery is how often brokers are asked at most: it costs them something, and
// some scrape more often than that.
const lagEvery = 5 * time.Second

var lagDesc = prometheus.NewDesc("tourbillon_trigger_lag",
	"Events that a Trigger has yet to do, on its server; absent where that could not be asked.", []string{"trigger"}, nil)

// Lag is what waits for each Trigger of a broker.
type Lag func(ctx context.Context) (map[string]int64, error)

// Lags shows what waits for each Trigger, of every broker that can tell. It is
// called once.
func (m *Metrics) Lags(brokers ...Lag) { m.registry.MustRegister(&lags{brokers: brokers}) }

// lags asks the brokers when it is asked, and not for longer than a scrape has
// patience for: one that does not answer is asked again when it has.
type lags struct {
	brokers []Lag

	mu     sync.Mutex
	asking chan struct{} // closed when the answer is there; nil: nobody asks
	next   time.Time     // when to ask again
	newest map[string]int64
}

// Describe implements prometheus.Collector.
func (l *lags) Describe(to chan<- *prometheus.Desc) { to <- lagDesc }

// Collect implements prometheus.Collector.
func (l *lags) Collect(to chan<- prometheus.Metric) {
	l.mu.Lock()
	if l.asking == nil && !time.Now().Before(l.next) {
		l.asking = make(chan struct{})
		go l.ask(l.asking)
	}
	asking := l.asking
	l.mu.Unlock()
	if asking != nil {
		select {
		case <-asking:
		case <-time.After(patience):
			return
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for trigger, n := range l.newest {
		to <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, float64(n), trigger)
	}
}

func (l *lags) ask(done chan<- struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all := map[string]int64{}
	for _, broker := range l.brokers {
		some, err := broker(ctx)
		if err != nil {
			continue
		}
		for trigger, n := range some {
			all[trigger] = n
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.newest, l.next, l.asking = all, time.Now().Add(lagEvery), nil
	close(done)
}
