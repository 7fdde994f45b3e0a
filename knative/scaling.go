package knative

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"time"

	"tourbillon/knative/scale"
)

// What a cluster has where a manifest says nothing (config-autoscaler and
// config-defaults as shipped; knative.dev/serving v0.50.0).
const (
	defaultTarget      = 100.0 // exchanges at once
	defaultRequests    = 200.0 // a second
	defaultUtilization = 70.0  // per cent of the target
	defaultWindow      = time.Minute
	defaultPanic       = 10.0  // per cent of the window
	defaultThreshold   = 200.0 // per cent of what the processes can do
	defaultTimeout     = 300   // seconds
	shortestWindow     = 6 * time.Second
	longestWindow      = time.Hour
)

// The domain of a revision's annotations about scaling, and their spellings: a
// cluster reads the second where the first is not there.
const autoscaling = "autoscaling.knative.dev/"

var older = map[string]string{
	"min-scale": "minScale", "max-scale": "maxScale", "initial-scale": "initialScale",
	"target-utilization-percentage": "targetUtilizationPercentage", "target-burst-capacity": "targetBurstCapacity",
	"scale-down-delay": "scaleDownDelay", "scale-to-zero-pod-retention-period": "scaleToZeroPodRetentionPeriod",
	"metric-aggregation-algorithm": "metricAggregationAlgorithm", "panic-window-percentage": "panicWindowPercentage",
	"panic-threshold-percentage": "panicThresholdPercentage",
}

// revisionAnnotations are those that a revision may have.
var revisionAnnotations = func() map[string]bool {
	known := map[string]bool{"serving.knative.dev/progress-deadline": false}
	for _, name := range []string{"class", "metric", "target", "activation-scale", "window"} {
		known[autoscaling+name] = true
	}
	for name, camel := range older {
		acted := name != "target-burst-capacity" && name != "metric-aggregation-algorithm"
		known[autoscaling+name], known[autoscaling+camel] = acted, acted
	}
	for _, of := range []string{"cpu", "memory", "ephemeral-storage"} {
		known["queue.sidecar.serving.knative.dev/"+of+"-resource-request"] = false
		known["queue.sidecar.serving.knative.dev/"+of+"-resource-limit"] = false
	}
	return known
}()

// scaling reads what a revision says of its scale, and fills in the rest.
func (s *serviceManifest) scaling() scale.Settings {
	s.autoscaler()
	of := s.Spec.Template.Spec
	to := scale.Settings{
		Min: s.whole("min-scale", 0, 0), Max: s.whole("max-scale", 0, 0),
		Initial: s.whole("initial-scale", 1, 0), Activation: s.whole("activation-scale", 2, 1),
		Limit: value(of.ContainerConcurrency, 0), Metric: s.metric(),
		Window: s.span("window", shortestWindow, time.Second, defaultWindow), Delay: s.span("scale-down-delay", 0, time.Second, 0),
		Retention:      s.span("scale-to-zero-pod-retention-period", 0, 1, 0),
		PanicThreshold: s.figure("panic-threshold-percentage", 110, 1000, defaultThreshold) / 100,
		Timeout:        time.Duration(value(of.TimeoutSeconds, defaultTimeout)) * time.Second,
	}
	to.PanicWindow = time.Duration(float64(to.Window) * s.figure("panic-window-percentage", 1, 100, defaultPanic) / 100)
	to.Target = s.target(to)
	s.bounds(to)
	return to
}

// bounds complains of numbers of processes that contradict each other.
func (s *serviceManifest) bounds(to scale.Settings) {
	at, _ := s.annotation("max-scale")
	if to.Max > 0 && to.Max < to.Min {
		s.complain(at, "is %d, which is less than min-scale, %d; raise it", to.Max, to.Min)
	}
	if at, ok := s.annotation("activation-scale"); ok && (to.Activation < to.Min || to.Max > 0 && to.Activation > to.Max) {
		s.complain(at, "is %d; write a number from min-scale to max-scale", to.Activation)
	}
	for _, name := range []string{"responseStartTimeoutSeconds", "idleTimeoutSeconds"} {
		own := s.Spec.Template.Spec.ResponseStart
		if name == "idleTimeoutSeconds" {
			own = s.Spec.Template.Spec.Idle
		}
		if seconds := time.Duration(value(own, 0)) * time.Second; seconds > to.Timeout {
			s.complain("spec.template.spec."+name, "is longer than timeoutSeconds, which is %v; write no more", to.Timeout)
		}
	}
}

// autoscaler complains of one that is not Knative's own, or works otherwise.
func (s *serviceManifest) autoscaler() {
	if at, ok := s.annotation("class"); ok && s.annotationValue(at) != "kpa.autoscaling.knative.dev" {
		s.complain(at, "the runner knows kpa.autoscaling.knative.dev; leave it out")
	}
	if at, ok := s.annotation("metric-aggregation-algorithm"); ok {
		s.oneOf(at, s.annotationValue(at), "linear", "weightedExponential", "weighted-exponential")
	}
	if at, ok := s.annotation("target-burst-capacity"); ok {
		if f, err := strconv.ParseFloat(s.annotationValue(at), 64); err != nil || f < 0 && f != -1 {
			s.complain(at, `write a number of at least "0", or "-1", in quotes`)
		}
	}
}

func (s *serviceManifest) metric() scale.Metric {
	at, ok := s.annotation("metric")
	if !ok {
		return scale.Concurrency
	}
	s.oneOf(at, s.annotationValue(at), string(scale.Concurrency), string(scale.Requests))
	return cmp.Or(scale.Metric(s.annotationValue(at)), scale.Concurrency)
}

// target is how much of its metric one process is to have. A target above what
// a process takes at all is brought down to that.
func (s *serviceManifest) target(to scale.Settings) float64 {
	total := cmp.Or(float64(to.Limit), defaultTarget)
	if to.Metric == scale.Requests {
		total = defaultRequests
	}
	wanted := s.figure("target", 0.01, math.MaxInt32, total)
	if to.Metric == scale.Concurrency && to.Limit > 0 {
		wanted = min(wanted, float64(to.Limit))
	}
	return max(0.01, wanted*s.figure("target-utilization-percentage", 1, 100, defaultUtilization)/100)
}

// annotation is the path of a revision's annotation about scaling, in the
// spelling that counts. It reports false where there is none.
func (s *serviceManifest) annotation(name string) (path string, ok bool) {
	have := s.Spec.Template.Metadata.Annotations
	for _, spelt := range []string{name, older[name]} {
		if _, ok := have[autoscaling+spelt]; ok && spelt != "" {
			return revisionAt + autoscaling + spelt, true
		}
	}
	return revisionAt + autoscaling + name, false
}

const revisionAt = "spec.template.metadata.annotations."

func (s *serviceManifest) annotationValue(path string) string {
	return s.Spec.Template.Metadata.Annotations[path[len(revisionAt):]]
}

// whole reads an annotation that is a whole number of at least least.
func (s *serviceManifest) whole(name string, least, or int) int {
	at, ok := s.annotation(name)
	if !ok {
		return or
	}
	n, err := strconv.ParseInt(s.annotationValue(at), 10, 32)
	switch {
	case err == nil && n == 0 && name == "initial-scale":
		s.complain(at, `a cluster refuses "0" unless its config-autoscaler allows it; leave it out`)
	case err != nil || int(n) < least:
		s.complain(at, `write a whole number of at least "%d", in quotes`, least)
		return or
	}
	return int(n)
}

// figure reads an annotation that is a number.
func (s *serviceManifest) figure(name string, least, most, or float64) float64 {
	at, ok := s.annotation(name)
	if !ok {
		return or
	}
	f, err := strconv.ParseFloat(s.annotationValue(at), 64)
	if err != nil || !(f >= least && f <= most) {
		until := fmt.Sprintf(` to "%g"`, most)
		if most == math.MaxInt32 {
			until = ""
		}
		s.complain(at, `write a number from "%g"%s, in quotes`, least, until)
		return or
	}
	return f
}

// span reads an annotation that is a duration, up to an hour.
func (s *serviceManifest) span(name string, least, step, or time.Duration) time.Duration {
	at, ok := s.annotation(name)
	if !ok {
		return or
	}
	d, err := time.ParseDuration(s.annotationValue(at))
	if err != nil || d < least || d > longestWindow || d%step != 0 {
		s.complain(at, `write a duration from "%v" to "1h", in whole seconds, as "30s"`, least)
		return or
	}
	return d
}

// value is what is written, or else what a cluster has.
func value[T any](of *T, or T) T {
	if of == nil {
		return or
	}
	return *of
}
