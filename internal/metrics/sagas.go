package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// patience is how long a scrape waits for the store: less than Prometheus
// waits for a scrape, which is 10 s.
const patience = 3 * time.Second

var (
	sagasDesc = prometheus.NewDesc("tourbillon_sagas", "Sagas by their booking's status.", []string{"status"}, nil)
	upDesc    = prometheus.NewDesc("tourbillon_store_up", "Whether the store could be asked at this scrape; if not, there are no tourbillon_sagas.", nil, nil)
)

// sagas counts them whenever it is asked.
type sagas struct{ records *store.Records }

// Describe implements prometheus.Collector.
func (s *sagas) Describe(to chan<- *prometheus.Desc) {
	to <- sagasDesc
	to <- upDesc
}

// Collect implements prometheus.Collector.
func (s *sagas) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	counted, err := s.count(ctx)
	if err != nil {
		to <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, 0)
		return
	}
	to <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, 1)
	for i, status := range booking.Statuses() {
		to <- prometheus.MustNewConstMetric(sagasDesc, prometheus.GaugeValue, float64(counted[i]), string(status))
	}
}

func (s *sagas) count(ctx context.Context) (counted []int, err error) {
	for _, status := range booking.Statuses() {
		n, err := s.records.Count(ctx, record.IndexSagas(status))
		if err != nil {
			return nil, err
		}
		counted = append(counted, n)
	}
	return counted, nil
}
