package lint

import (
	"strings"
	"time"
)

var functionRules = []Rule{
	{
		Name: "function-signature-type", Severity: Warning,
		About:  "FUNCTION_SIGNATURE_TYPE in a container",
		Why:    "The functions framework for Go does not read it: the signature is the one that the program registers.",
		Source: "GoogleCloudPlatform/functions-framework-go",
		check:  signatureType,
	},
	{
		Name: "function-probe", Severity: Warning,
		About:  "a function that is probed with GET at its own path",
		Why:    "A function for CloudEvents answers GET with 400, and the framework has no path for health: the pod is never ready.",
		Source: "GoogleCloudPlatform/functions-framework-go#44",
		check:  functionProbe,
	},
	{
		Name: "func-loopback", Severity: Warning,
		About:  "a function of knative func in a workload of Kubernetes with PORT and no LISTEN_ADDRESS",
		Why:    "With PORT alone its runtime listens on 127.0.0.1, where nothing but the pod's own containers reach it.",
		Source: "knative-extensions/func-go",
		check:  funcLoopback,
	},
	{
		Name: "func-timeout", Severity: Warning,
		About:  "a function of knative func in Go that is given more than 30 seconds",
		Why:    "Its runtime cuts off what is read and written after 30 seconds, whatever the manifest says.",
		Source: "knative-extensions/func-go",
		check:  funcTimeout,
	},
}

func signatureType(p *pass) {
	for _, o := range p.objects {
		for _, c := range o.containers() {
			for _, e := range c.at("env").items() {
				if e.at("name").text() == "FUNCTION_SIGNATURE_TYPE" {
					p.report(o, e, "leave it out", "FUNCTION_SIGNATURE_TYPE is not read")
				}
			}
		}
	}
}

// variable is an environment variable of a container.
func variable(c field, name string) field {
	for _, e := range c.at("env").items() {
		if e.at("name").text() == name {
			return e
		}
	}
	return field{line: c.line}
}

func functionProbe(p *pass) {
	for _, o := range p.objects {
		for _, c := range o.containers() {
			for _, probe := range []string{"readinessProbe", "livenessProbe", "startupProbe"} {
				get := c.at(probe, "httpGet")
				if path := get.at("path").text(); get.is() && (path == "" || path == "/") && variable(c, "FUNCTION_TARGET").is() {
					p.report(o, get, "probe a path that the program has for it, or write tcpSocket", "%s gets the path of the function itself", probe)
				}
			}
		}
	}
}

// isFunc reports whether knative func made it.
func isFunc(o *object) bool {
	for _, at := range []field{o.at("metadata", "labels"), o.at("spec", "template", "metadata", "labels")} {
		for _, l := range at.pairs() {
			if strings.HasPrefix(l.key, "function.knative.dev") || strings.HasPrefix(l.key, "boson.dev/function") {
				return true
			}
		}
	}
	return false
}

func funcLoopback(p *pass) {
	for _, o := range p.of(apps, "Deployment", "StatefulSet", "DaemonSet") {
		for _, c := range o.containers() {
			if e := variable(c, "PORT"); isFunc(o) && e.is() && !variable(c, "LISTEN_ADDRESS").is() {
				p.report(o, e, `set LISTEN_ADDRESS to "[::]:8080"`, "with PORT alone it listens on 127.0.0.1")
			}
		}
	}
}

func funcTimeout(p *pass) {
	isGo := func(o *object) bool {
		for _, at := range []field{o.at("metadata", "labels"), o.at("spec", "template", "metadata", "labels")} {
			if at.at("function.knative.dev/runtime").text() == "go" {
				return true
			}
		}
		return false
	}
	p.waits(func(t, s *object, timeout time.Duration) {
		if isGo(s) && timeout > 30*time.Second {
			p.report(t, t.at("spec", "subscriber"), "shorten the delivery's timeout, or host the handler by another runtime",
				"its delivery waits %v for %v, which ends after 30s", timeout, s)
		}
	})
}
