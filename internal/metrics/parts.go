package metrics

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Part is a process that does some of the work: a function beside this one.
type Part struct {
	Name   string                                           // of the function
	Scrape func(ctx context.Context) (io.ReadCloser, error) // its own metrics, as text
}

// AddParts has each scrape tell of these processes as well: those that there
// are by then. What counts is added up, with what those counted that [Metrics.Keep]
// was told of; where one has died, it falls. Circuit breakers are each process's
// own, and told with its name, of the first of a name. One that does not answer
// is left out, and tourbillon_process_up says how many do.
func (m *Metrics) AddParts(parts func() []Part) { m.parts = parts }

// Gather implements prometheus.Gatherer.
func (m *Metrics) Gather() ([]*dto.MetricFamily, error) {
	own, err := m.registry.Gather()
	if m.parts == nil || err != nil {
		return own, err
	}
	all := make(map[string]*dto.MetricFamily, len(own))
	for _, f := range own {
		all[f.GetName()] = f
	}
	up := &dto.MetricFamily{
		Name: new("tourbillon_process_up"), Help: new("How many of a function's processes could be asked at this scrape."), Type: dto.MetricType_GAUGE.Enum(),
	}
	m.ended.mu.Lock() // a part is there or kept, and never both
	defer m.ended.mu.Unlock()
	m.ended.tell(all)
	parts := m.parts()
	for i, families := range scrape(parts) {
		by := &dto.LabelPair{Name: new("function"), Value: &parts[i].Name}
		value := 0.0
		if families != nil {
			value = 1
		}
		one := &dto.Metric{Label: []*dto.LabelPair{by}, Gauge: &dto.Gauge{Value: &value}}
		if at := slices.IndexFunc(up.Metric, func(m *dto.Metric) bool { return alike(m, one) }); at >= 0 {
			up.Metric[at].Gauge.Value = new(up.Metric[at].Gauge.GetValue() + value)
		} else {
			up.Metric = append(up.Metric, one)
			all[up.GetName()] = up
		}
		for name, f := range families {
			add(all, name, f, by)
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) }), nil
}

// scrape asks all parts at once; nil is one that does not answer.
func scrape(parts []Part) []map[string]*dto.MetricFamily {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	got := make([]map[string]*dto.MetricFamily, len(parts))
	var asked sync.WaitGroup
	for i, p := range parts {
		asked.Go(func() {
			if families, err := p.read(ctx); err == nil {
				got[i] = families
			}
		})
	}
	asked.Wait()
	return got
}

func (p Part) read(ctx context.Context) (map[string]*dto.MetricFamily, error) {
	text, err := p.Scrape(ctx)
	if err != nil {
		return nil, err
	}
	defer text.Close() // read to its end, or given up
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		return nil, fmt.Errorf("read metrics of %s: %w", p.Name, err)
	}
	return families, nil
}

// add adds a family of a part. Gauges are told alike by every process, but for
// those that are about itself.
func add(all map[string]*dto.MetricFamily, name string, f *dto.MetricFamily, by *dto.LabelPair) {
	own := strings.HasPrefix(name, "tourbillon_breaker_state")
	if counts := f.GetType() == dto.MetricType_COUNTER || f.GetType() == dto.MetricType_HISTOGRAM; !strings.HasPrefix(name, "tourbillon_") || !counts && !own {
		return
	}
	to := all[name]
	if to == nil {
		to = &dto.MetricFamily{Name: f.Name, Help: f.Help, Type: f.Type}
		all[name] = to
	}
	for _, m := range f.GetMetric() {
		if own {
			m.Label = append(m.Label, by)
		}
		i := slices.IndexFunc(to.Metric, func(t *dto.Metric) bool { return alike(t, m) })
		if i < 0 {
			to.Metric = append(to.Metric, m)
			continue
		}
		if own {
			continue
		}
		sum(to.Metric[i], m)
	}
}

// alike reports whether two metrics have the same labels.
func alike(a, b *dto.Metric) bool {
	return len(a.GetLabel()) == len(b.GetLabel()) && !slices.ContainsFunc(a.GetLabel(), func(l *dto.LabelPair) bool {
		return !slices.ContainsFunc(b.GetLabel(), func(m *dto.LabelPair) bool {
			return l.GetName() == m.GetName() && l.GetValue() == m.GetValue()
		})
	})
}

// sum adds b to a. Buckets are the program's, and so the same everywhere; the
// text has one more, of everything, which is the count.
func sum(a, b *dto.Metric) {
	if c := a.GetCounter(); c != nil {
		c.Value = new(c.GetValue() + b.GetCounter().GetValue())
		return
	}
	x, y := a.GetHistogram(), b.GetHistogram()
	x.SampleCount = new(x.GetSampleCount() + y.GetSampleCount())
	x.SampleSum = new(x.GetSampleSum() + y.GetSampleSum())
	for _, bucket := range x.GetBucket() {
		for _, more := range y.GetBucket() {
			if bucket.GetUpperBound() == more.GetUpperBound() {
				bucket.CumulativeCount = new(bucket.GetCumulativeCount() + more.GetCumulativeCount())
			}
		}
	}
}

var _ prometheus.Gatherer = (*Metrics)(nil)
