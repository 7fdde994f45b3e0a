package lint_test

import (
	"strings"
	"testing"
)

// TestCheck_SaysWhatIsMeant holds what a finding about a field says to write.
func TestCheck_SaysWhatIsMeant(t *testing.T) {
	const head = "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: t}\n"
	const service = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: s}\n"
	for _, c := range []struct{ text, want string }{
		{head + "spec: {delivery: {deadLeterSink: {}}}", "did you mean deadLetterSink?"},
		{head + "spec: {subscirber: {}}", "did you mean subscriber?"},
		{head + "spec: {delivery: {backoffpolicy: linear}}", "did you mean backoffPolicy?"},
		{head + "spec: {somethingElse: 1}", "leave it out, or write one of broker, brokerRef, delivery, filter, filters, subscriber"},
		{head + "spec: {delivery: {backoffPolicy: cubic}}", "write one of exponential, linear"},
		{head + "spec: {delivery: {retry: \"3\"}}", "write a whole number"},
		{service + "spec: {minScale: 1}", "write the annotation autoscaling.knative.dev/min-scale in spec.template.metadata.annotations"},
		{service + "spec: {template: {spec: {containers: []}}}", "write at least one"},
		{strings.Replace(head, "Trigger", "Triger", 1), "did you mean Trigger?"},
		{strings.Replace(head, "v1", "v2", 1), "write eventing.knative.dev/v1"},
		{"kind: Trigger", "write apiVersion: eventing.knative.dev/v1"},
	} {
		found := false
		for _, f := range check(c.text).Findings {
			found = found || f.Instead == c.want
		}
		if !found {
			t.Errorf("nothing says %q of\n%s", c.want, c.text)
		}
	}
}
