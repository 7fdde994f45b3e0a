package lint

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const autoscaler = "autoscaling.knative.dev/"

var servingRules = []Rule{
	{
		Name: "autoscaling-misplaced", Severity: Error,
		About:  "an annotation of the autoscaler elsewhere than in spec.template.metadata.annotations",
		Why:    "Only the template's annotations scale anything. The webhook refuses them on a Service; as labels, and on other kinds, they are silently nothing.",
		Source: "knative/serving pkg/apis/serving/metadata_validation.go",
		check:  misplaced,
	},
	{
		Name: "autoscaling-not-a-string", Severity: Error,
		About: "an annotation of the autoscaler that is a number or a truth to YAML",
		Why:   "Annotations are strings; a cluster refuses the whole manifest.",
		check: scalingText,
	},
	{
		Name: "autoscaling-old-spelling", Severity: Warning,
		About:  "an annotation of the autoscaler in camel case",
		Why:    "minScale is read only where min-scale is not there: whoever adds the other does not see which counts.",
		Source: "knative/serving pkg/apis/autoscaling/register.go",
		check:  oldSpelling,
	},
	{
		Name: "autoscaling-unknown", Severity: Warning,
		About:  "an annotation of the autoscaler that there is not",
		Why:    "It is silently nothing.",
		Source: "knative/serving pkg/apis/autoscaling/register.go",
		check:  unknownScaling,
	},
	{
		Name: "autoscaling-value", Severity: Error,
		About:  "an annotation of the autoscaler out of its range",
		Why:    "The webhook refuses it.",
		Source: "knative/serving pkg/apis/autoscaling/annotation_validation.go",
		check:  scalingValues,
	},
	{
		Name: "initial-scale-zero", Severity: Error,
		About:  `initial-scale "0"`,
		Why:    "The webhook refuses it unless config-autoscaler has allow-zero-initial-scale, which it has not as shipped.",
		Source: "knative/serving pkg/apis/autoscaling/annotation_validation.go",
		check:  initialZero,
	},
}

// spellings are the annotations of the autoscaler, and those that are read
// instead where they are not there.
var spellings = map[string]string{
	"class": "", "metric": "", "target": "", "window": "", "activation-scale": "", "scale-down-delay": "",
	"min-scale": "minScale", "max-scale": "maxScale", "initial-scale": "initialScale",
	"metric-aggregation-algorithm": "metricAggregationAlgorithm", "target-burst-capacity": "targetBurstCapacity",
	"target-utilization-percentage": "targetUtilizationPercentage", "panic-window-percentage": "panicWindowPercentage",
	"panic-threshold-percentage":         "panicThresholdPercentage",
	"scale-to-zero-pod-retention-period": "scaleToZeroPodRetentionPeriod",
}

// scaled are the kinds with a template that the autoscaler looks at.
func (p *pass) scaled() []*object { return p.of(serving, "Service", "Configuration") }

// scalings calls do with each annotation of the autoscaler, where it counts,
// and the last part of its name.
func (p *pass) scalings(do func(o *object, a pair, name string)) {
	for _, o := range p.scaled() {
		for _, a := range o.at("spec", "template", "metadata", "annotations").pairs() {
			if name, ok := strings.CutPrefix(a.key, autoscaler); ok {
				do(o, a, name)
			}
		}
	}
}

func misplaced(p *pass) {
	instead := "put it into spec.template.metadata.annotations of the Service"
	complain := func(o *object, at field, where string) {
		for _, a := range at.pairs() {
			if name, ok := strings.CutPrefix(a.key, autoscaler); ok && isSpelled(name) {
				p.report(o, a.field, instead, "%s in %s has no effect", a.key, where)
			}
		}
	}
	for _, o := range p.objects {
		if o.isA("autoscaling.internal.knative.dev", "PodAutoscaler") || o.isA(serving, "Revision") {
			continue
		}
		complain(o, o.at("metadata", "annotations"), "the annotations of the "+o.kind)
		complain(o, o.at("metadata", "labels"), "the labels of the "+o.kind)
		complain(o, o.at("spec", "template", "metadata", "labels"), "the labels of the template")
		if !o.isA(serving, "Service", "Configuration") {
			complain(o, o.at("spec", "template", "metadata", "annotations"), "the template of a "+o.kind)
		}
	}
}

func scalingText(p *pass) {
	p.scalings(func(o *object, a pair, _ string) {
		if !a.isText() {
			p.report(o, a.field, "put it in quotes", "%s is not a string", a.key)
		}
	})
}

func oldSpelling(p *pass) {
	p.scalings(func(o *object, a pair, name string) {
		if now := spelled(name); now != name {
			p.report(o, a.field, "write "+autoscaler+now, "%s is the old spelling", a.key)
		}
	})
}

// spelled is a name as it is spelled now.
func spelled(name string) string {
	for now, old := range spellings {
		if name == old && name != "" {
			return now
		}
	}
	return name
}

// isSpelled reports whether there is an annotation of that name.
func isSpelled(name string) bool {
	for now, old := range spellings {
		if name == now || name == old {
			return true
		}
	}
	return false
}

func unknownScaling(p *pass) {
	p.scalings(func(o *object, a pair, name string) {
		own := o.scaling("class").is() && !strings.HasPrefix(o.scaling("class").text(), "kpa.")
		if !own && !isSpelled(name) {
			all := slices.Sorted(maps.Keys(spellings))
			p.report(o, a.field, "write one of "+strings.Join(all, ", "), "there is no annotation %s", a.key)
		}
	})
}

var (
	count   = regexp.MustCompile(`^\d{1,9}$`)
	seconds = func(least time.Duration) func(string) bool {
		return func(s string) bool {
			d, err := time.ParseDuration(s)
			return err == nil && d >= least && d <= time.Hour && d == d.Truncate(time.Second)
		}
	}
	between = func(least, most float64) func(string) bool {
		return func(s string) bool {
			n, err := strconv.ParseFloat(s, 64)
			return err == nil && n >= least && n <= most
		}
	}
)

// ranges say which values an annotation may have.
var ranges = map[string]struct {
	says  string
	holds func(string) bool
}{
	"min-scale":                          {"a whole number, not below 0", count.MatchString},
	"max-scale":                          {"a whole number, 0 for no bound", count.MatchString},
	"initial-scale":                      {"a whole number, not below 0", count.MatchString},
	"activation-scale":                   {"a whole number of at least 2", between(2, 1e9)},
	"target":                             {"a number of at least 0.01", between(0.01, 1e9)},
	"target-utilization-percentage":      {"a number from 1 to 100", between(1, 100)},
	"target-burst-capacity":              {"a number, or -1", func(s string) bool { return s == "-1" || between(0, 1e9)(s) }},
	"window":                             {"whole seconds from 6s to 1h", seconds(6 * time.Second)},
	"scale-down-delay":                   {"whole seconds from 0s to 1h", seconds(0)},
	"scale-to-zero-pod-retention-period": {"whole seconds from 0s to 1h", seconds(0)},
}

func scalingValues(p *pass) {
	p.scalings(func(o *object, a pair, name string) {
		if r, ok := ranges[spelled(name)]; ok && !r.holds(a.text()) {
			p.report(o, a.field, "write "+r.says, "%s is out of range", a.key)
		}
	})
	for _, o := range p.scaled() {
		least, _ := o.scaling("min-scale").number()
		most, ok := o.scaling("max-scale").number()
		if ok && most > 0 && least > most {
			p.report(o, o.scaling("max-scale"), "let max-scale be the larger", "max-scale is %d and min-scale %d", most, least)
		}
	}
}

func initialZero(p *pass) {
	if p.enabled("config-autoscaler", "allow-zero-initial-scale", "true") {
		return
	}
	p.scalings(func(o *object, a pair, name string) {
		if n, ok := a.number(); ok && n == 0 && (name == "initial-scale" || name == "initialScale") {
			p.report(o, a.field, "leave it out: a Service with min-scale 0 goes to zero after its first pod", "initial-scale is 0")
		}
	})
}
