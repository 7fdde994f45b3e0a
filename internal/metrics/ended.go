package metrics

import (
	"context"
	"strings"
	"sync"

	dto "github.com/prometheus/client_model/go"
)

// ended is what parts counted that are not any more.
type ended struct {
	mu  sync.Mutex
	all map[string]*dto.MetricFamily
}

// Keep asks a part that is about to end what it has counted, so that sums do
// not fall by it, and calls gone: from then on it must be no part any more. Of
// one that does not answer, nothing is kept.
func (m *Metrics) Keep(p Part, gone func()) {
	m.ended.mu.Lock()
	defer m.ended.mu.Unlock()
	defer gone()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	families, err := p.read(ctx)
	if err != nil {
		return
	}
	if m.ended.all == nil {
		m.ended.all = map[string]*dto.MetricFamily{}
	}
	for name, f := range families {
		if !strings.HasPrefix(name, "tourbillon_breaker_state") { // its own
			add(m.ended.all, name, f, nil)
		}
	}
}

// tell adds what is kept, and does not hand it out: it would be added to.
func (e *ended) tell(all map[string]*dto.MetricFamily) {
	for name, f := range e.all {
		one := &dto.MetricFamily{Name: f.Name, Help: f.Help, Type: f.Type}
		for _, m := range f.GetMetric() {
			one.Metric = append(one.Metric, anew(m))
		}
		add(all, name, one, nil)
	}
}

// anew is a counter or a histogram of its own, with what m has.
func anew(m *dto.Metric) *dto.Metric {
	if c := m.GetCounter(); c != nil {
		return &dto.Metric{Label: m.Label, Counter: &dto.Counter{Value: new(c.GetValue())}}
	}
	h := m.GetHistogram()
	own := &dto.Histogram{SampleCount: new(h.GetSampleCount()), SampleSum: new(h.GetSampleSum())}
	for _, b := range h.GetBucket() {
		own.Bucket = append(own.Bucket, &dto.Bucket{UpperBound: b.UpperBound, CumulativeCount: new(b.GetCumulativeCount())})
	}
	return &dto.Metric{Label: m.Label, Histogram: own}
}
