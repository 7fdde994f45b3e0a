package metrics

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
)

// buckets are in seconds, from an arrow in memory to a charge that had to be
// asked for again and again.
var buckets = []float64{
	.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900,
}

// verdicts are all that arrow.Observation knows.
var verdicts = [...]string{"said", "silent", "busy", "again", "never"}

// Metrics are the series of one process, in a registry of their own. Make them
// with [New]. Safe for concurrent use.
type Metrics struct {
	registry   *prometheus.Registry
	age        *prometheus.HistogramVec
	handling   *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	triggers   *prometheus.CounterVec
	requests   *prometheus.HistogramVec
	stuck      prometheus.Counter
	violations *prometheus.CounterVec // by rule
	webhooks   *prometheus.CounterVec
	messages   *prometheus.CounterVec
	ends       map[events.Name]prometheus.Observer
	series     map[key]*series // all there can be; changed by nobody
	parts      func() []Part   // nil: none
	ended      ended           // what those counted that are not any more
}

type key struct {
	function string
	name     events.Name
}

// series are the children of one function and name, made when there is
// something to count: a function hears few of all names.
type series struct {
	made     sync.Once
	age      prometheus.Observer
	handling prometheus.Observer
	verdicts [len(verdicts)]prometheus.Counter
}

// New returns metrics that count the sagas in records when they are scraped.
func New(records *store.Records) *Metrics {
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tourbillon_" + name, Help: help, Buckets: buckets}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		age:      histogram("event_age_seconds", "From an event's time to the end of its handling.", "function", "name"),
		handling: histogram("handling_seconds", "What handling an event took.", "function", "name"),
		requests: histogram("http_request_seconds", "What a request at a door took.", "door", "method", "code"),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tourbillon_deliveries_total", Help: "Deliveries by what came of them.",
		}, []string{"function", "name", "verdict"}),
		triggers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tourbillon_trigger_deliveries_total", Help: "Copies of events that a broker handed over, by Trigger and by what became of them.",
		}, []string{"trigger", "outcome"}),
		violations: violations(),
		webhooks:   webhooks(),
		messages:   messages(),
		stuck: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tourbillon_stuck_total", Help: "Times that saga.stuck was said: an operator is needed.",
		}),
		ends:   make(map[events.Name]prometheus.Observer),
		series: make(map[key]*series),
	}
	ends := histogram("end_to_end_seconds", "From a booking's request to the end of its saga.", "ending")
	for _, n := range []events.Name{events.SagaCompleted, events.SagaCompensated} {
		m.ends[n] = ends.WithLabelValues(string(n))
	}
	for _, f := range functions() {
		m.series[key{f, ""}] = new(series)
		for _, s := range events.Vocabulary() {
			m.series[key{f, s.Name}] = new(series)
		}
	}
	m.registry.MustRegister(
		m.age, m.handling, m.deliveries, m.triggers, m.requests, m.stuck, m.violations, m.webhooks, m.messages, ends, &sagas{records: records},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// functions are the names of all functions, as the vocabulary has them, the one
// that says nothing and is told nothing, and "" for any other.
func functions() []string {
	known := map[string]bool{"": true, "audit": true}
	for _, s := range events.Vocabulary() {
		known[s.To] = true
		if s.Kind == events.Fact {
			for who := range strings.SplitSeq(s.Says, ", ") {
				known[who] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(known))
}

// Observe counts one delivery. It is what arrow.Ports asks for.
func (m *Metrics) Observe(o arrow.Observation) {
	k, s := m.find(o)
	s.made.Do(func() { m.fill(k, s) })
	if i := slices.Index(verdicts[:], o.Verdict); i >= 0 {
		s.verdicts[i].Inc()
	}
	s.handling.Observe(max(0, o.Took.Seconds()))
	if o.Age != 0 { // 0: the event has no time
		s.age.Observe(max(0, o.Age.Seconds())) // its sender's clock may be ahead of ours
	}
	if end := m.ends[o.Said]; end != nil && o.Lasted > 0 {
		end.Observe(o.Lasted.Seconds())
	}
	if o.Said == events.SagaStuck {
		m.stuck.Inc()
	}
}

// Delivered counts what became of a Trigger's delivery. Triggers' names are the
// manifests', so there are few.
func (m *Metrics) Delivered(trigger string, _ int, v events.Verdict) {
	outcome := "done"
	switch {
	case v.Dead != "":
		outcome = "dead"
	case v.Again > 0:
		outcome = "again"
	}
	m.triggers.WithLabelValues(trigger, outcome).Inc()
}

// Counts shows a counter that somebody else keeps: what read returns must never
// fall. A name is shown once.
func (m *Metrics) Counts(name, help string, read func() uint64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: "tourbillon_" + name, Help: help}, func() float64 { return float64(read()) },
	))
}

// find returns where an observation counts, and as what.
func (m *Metrics) find(o arrow.Observation) (k key, s *series) {
	for _, k = range [...]key{{o.Function, o.Name}, {o.Function, ""}, {"", o.Name}, {}} {
		if s = m.series[k]; s != nil {
			break // the last is always there
		}
	}
	return k, s
}

func (m *Metrics) fill(k key, s *series) {
	s.age = m.age.WithLabelValues(k.function, string(k.name))
	s.handling = m.handling.WithLabelValues(k.function, string(k.name))
	for i, v := range verdicts { // all at once: a rate needs the zero before the first
		s.verdicts[i] = m.deliveries.WithLabelValues(k.function, string(k.name), v)
	}
}

// Door measures the requests that h answers, under the door's name, which is
// the program's to choose. A method that HTTP does not know is "unknown".
func (m *Metrics) Door(name string, h http.Handler) http.Handler {
	return promhttp.InstrumentHandlerDuration(m.requests.MustCurryWith(prometheus.Labels{"door": name}), h)
}

// Handler answers a scrape in the text format of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
