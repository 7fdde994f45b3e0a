package lint

import (
	"cmp"
	"regexp"
	"strings"
	"time"

	"tourbillon/knative"
)

var timeoutRules = []Rule{
	{
		Name: "service-timeout-too-long", Severity: Error,
		About:  "a timeoutSeconds of more than the cluster takes",
		Why:    "The webhook refuses more than config-defaults has in max-revision-timeout-seconds, 600 as shipped. Longer work is for a JobSink, or is to be taken up later.",
		Source: "knative/serving pkg/apis/serving/v1/revision_validation.go",
		check:  tooLong,
	},
	{
		Name: "service-timeouts-contradict", Severity: Warning,
		About:  "a responseStartTimeoutSeconds or idleTimeoutSeconds longer than timeoutSeconds",
		Why:    "A request is cut off after timeoutSeconds (300 where none is set) as a whole: the longer one never counts.",
		Source: "knative/serving pkg/http/handler/timeout.go",
		check:  contradict,
	},
	{
		Name: "delivery-timeout-after-service", Severity: Warning,
		About:  "a delivery that waits longer than its Service may take",
		Why:    "The Service's own timeout (300 s where none is set) cuts the request off first, with 504: the event is delivered again however long the broker would have waited.",
		Source: "knative/serving pkg/http/handler/timeout.go",
		check:  waitsLonger,
	},
	{
		Name: "delivery-timeout-before-start", Severity: Warning,
		About:  "a delivery that waits less than five seconds for a Service that scales to zero",
		Why:    "The first event waits for the pod to start. Where that is longer than the timeout, the event is given up as failed while the Service starts, and retries are used up.",
		Source: "knative/serving#10960",
		check:  startsSlower,
	},
	{
		Name: "websocket-on-service", Severity: Warning,
		About:  "what looks like WebSockets on a Service of Knative",
		Why:    "A connection is cut after timeoutSeconds, 300 as shipped and 600 at most, and while it is open the Service does not scale to zero.",
		Source: "knative/serving#16169",
		check:  webSockets,
	},
}

// revision is the template of a Service of Knative.
func revision(o *object) field { return o.at("spec", "template", "spec") }

func tooLong(p *pass) {
	most := 600
	for _, c := range p.of(core, "ConfigMap") {
		if n, ok := c.at("data", "max-revision-timeout-seconds").number(); ok && c.name == "config-defaults" {
			most = n
		}
	}
	for _, o := range p.scaled() {
		if f := revision(o).at("timeoutSeconds"); f.is() {
			if n, ok := f.number(); ok && n > most {
				p.report(o, f, "write 600 at most, or raise max-revision-timeout-seconds in config-defaults", "timeoutSeconds is %d, and %d is the most", n, most)
			}
		}
	}
}

// allowed is how long a request to a Service may take.
func allowed(o *object) int {
	n, _ := revision(o).at("timeoutSeconds").number()
	return cmp.Or(n, 300)
}

func contradict(p *pass) {
	for _, o := range p.scaled() {
		for _, key := range []string{"responseStartTimeoutSeconds", "idleTimeoutSeconds"} {
			f := revision(o).at(key)
			if n, ok := f.number(); ok && n > allowed(o) {
				p.report(o, f, "let timeoutSeconds be the longest", "%s is %d and timeoutSeconds %d", key, n, allowed(o))
			}
		}
	}
}

// waits calls do with each Trigger whose subscriber is a Service of Knative,
// and how long its delivery waits, 0 for as long as it takes.
func (p *pass) waits(do func(t, s *object, timeout time.Duration)) {
	p.triggers(func(t, b *object) {
		to := p.to(destination(t, t.at("spec", "subscriber")))
		if to == nil || !to.isA(serving, "Service") {
			return
		}
		d, _ := delivery(t, b)
		timeout, _ := knative.ParseDuration(d.at("timeout").text())
		do(t, to, timeout)
	})
}

func waitsLonger(p *pass) {
	p.waits(func(t, s *object, timeout time.Duration) {
		if most := time.Duration(allowed(s)) * time.Second; timeout > most {
			p.report(t, t.at("spec", "subscriber"), "raise timeoutSeconds of the Service, or shorten the delivery's timeout",
				"its delivery waits %v, and %v cuts off after %v", timeout, s, most)
		}
	})
}

func startsSlower(p *pass) {
	p.waits(func(t, s *object, timeout time.Duration) {
		if timeout > 0 && timeout < 5*time.Second && scalesToZero(s) {
			p.report(t, t.at("spec", "subscriber"), "wait for a cold start and the work together, or keep a pod running (min-scale \"1\")",
				"its delivery waits %v, and %v may have to start first", timeout, s)
		}
	})
}

var socketWord = regexp.MustCompile(`(?i)(^|[^a-z])(websockets?|web-sockets?|socket\.?io|wss?)([^a-z]|$)`)

func webSockets(p *pass) {
	for _, o := range p.of(serving, "Service") {
		at := field{}
		if socketWord.MatchString(o.name) {
			at = o.at("metadata", "name")
		}
		revision(o).each(func(_ string, f field) {
			outward := strings.HasPrefix(f.text(), "ws://") || strings.HasPrefix(f.text(), "wss://")
			if !at.is() && !outward && socketWord.MatchString(f.text()) {
				at = f
			}
		})
		if at.is() {
			p.report(o, at, "run it as a Deployment with a Service of Kubernetes, or have clients connect again and go on from where they were",
				"it looks as if it had WebSockets")
		}
	}
}
