package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Pool is how the processes of one function stand.
type Pool struct {
	Function                  string
	Ready, Starting, Stopping int // processes
	UnderWay, Waiting         int // exchanges; those that wait for a process are under way, too
	Starts, Failed            int // processes, so far
}

// Pools shows how the processes of each function stand, as of tells when it is
// asked, and returns what counts their cold starts. It is called once.
func (m *Metrics) Pools(of func() []Pool) (cold func(function string, took time.Duration)) {
	started := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "tourbillon_cold_start_seconds", Help: "From a process's start to its first answer.", Buckets: buckets,
	}, []string{"function"})
	m.registry.MustRegister(started, pools(of))
	return func(function string, took time.Duration) { started.WithLabelValues(function).Observe(took.Seconds()) }
}

type pools func() []Pool

var (
	instancesDesc = prometheus.NewDesc("tourbillon_instances", "Processes of a function, by state.", []string{"function", "state"}, nil)
	underWayDesc  = prometheus.NewDesc("tourbillon_exchanges", "Exchanges with a function that are under way, by whether they have a process.",
		[]string{"function", "state"}, nil)
	startsDesc = prometheus.NewDesc("tourbillon_starts_total", "Processes of a function that were started.", []string{"function"}, nil)
	failedDesc = prometheus.NewDesc("tourbillon_crashes_total", "Processes of a function that ended by themselves.", []string{"function"}, nil)
)

// Describe implements prometheus.Collector.
func (p pools) Describe(to chan<- *prometheus.Desc) {
	to <- instancesDesc
	to <- underWayDesc
	to <- startsDesc
	to <- failedDesc
}

// Collect implements prometheus.Collector.
func (p pools) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	for _, one := range p() {
		gauge(instancesDesc, one.Ready, one.Function, "ready")
		gauge(instancesDesc, one.Starting, one.Function, "starting")
		gauge(instancesDesc, one.Stopping, one.Function, "stopping")
		gauge(underWayDesc, one.UnderWay-one.Waiting, one.Function, "served")
		gauge(underWayDesc, one.Waiting, one.Function, "waiting")
		to <- prometheus.MustNewConstMetric(startsDesc, prometheus.CounterValue, float64(one.Starts), one.Function)
		to <- prometheus.MustNewConstMetric(failedDesc, prometheus.CounterValue, float64(one.Failed), one.Function)
	}
}
