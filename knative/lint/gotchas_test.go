package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"tourbillon/knative/lint"
)

// gotcha is something that Knative, RabbitMQ's broker or Kafka's broker does
// otherwise than it looks like.
type gotcha struct {
	what   string
	rules  string // names, with blanks between
	beyond string // what of it no manifest shows, and why
	tests  string // of ours, FOLDER:TEST, with blanks between: they hold our code or our runner to it
}

// Tests of what a broker makes of an answer: the runner by itself, and beside
// Knative's own data plane for RabbitMQ.
const (
	judges = "knative:TestRunner_Judges knative:TestTheirs_Judge"
	theirs = " knative:TestTheirs_"
	filter = " knative:TestTheirs_Filter"
)

// gotchas are all of them, by number from 1.
var gotchas = []gotcha{
	{"A RabbitMQBroker takes a 4xx, but for 404, 408, 409 and 429, and every 3xx for success.", "rabbitmq-refusal-lost",
		"What a function of one's own answers is in its code.", judges + " functions:TestHandler_Errors"},
	{"A RabbitMQBroker ignores filters, and knows equality in filter.attributes alone, \"\" being the empty string.", "rabbitmq-filters-ignored rabbitmq-empty-attribute",
		"", "knative:TestRead_Refuses" + filter},
	{"A 2xx with a body that is no CloudEvent is a dead letter, or delivered again, or nothing, by class.", "",
		"What a function answers is in its code.", judges + " functions:TestHandler_Answers"},
	{"A 202 with an event is an answer, and is published.", "",
		"What a function answers is in its code.", judges},
	{"A Trigger's delivery replaces its Broker's as a whole.", "delivery-drops-dead-letter-sink delivery-without-retry",
		"", "knative:TestRead_FillsIn"},
	{"A Trigger of a RabbitMQBroker without delivery needs the Broker to have a dead-letter sink.", "rabbitmq-no-dead-letter-sink",
		"", "knative:TestRead_Refuses"},
	{"Neither RabbitMQ's broker nor Kafka's stops a loop of answers.", "broker-circle reply-loop reply-circle unfiltered-trigger",
		"Which types a function answers with is in its code: -replies tells.", "knative:TestRunner_Hops"},
	{"The waits between tries differ by class: the first is twice the backoffDelay on RabbitMQ and Kafka.", "delivery-outlasts-acknowledgement",
		"", "knative:TestRunner_Waits knative:TestWritten_Longest" + theirs + "Wait"},
	{"The attributes of a dead letter differ by class.", "rabbitmq-attribute-never-matches",
		"Who reads them otherwise than by a filter is in code.", "knative:TestRunner_DeadLetters" + theirs + "Carry"},
	{"A dead-letter sink that does not take a letter is the end of it.", "dead-letter-sink-may-be-down dead-letter-is-subscriber",
		"", "knative:TestRunner_DeadLetterSinks"},
	{"RabbitMQ's dispatcher acknowledges an event before it publishes the dead letter.", "",
		"It is so with every manifest. What a booking needs must not hang on a dead letter: the keeper's timers are in the records.",
		"internal/sim:TestEveryCrashPoint"},
	{"Events come twice: source and id tell.", "rabbitmq-ahead-outlasts-acknowledgement",
		"Whether a function bears it is in its code.", "internal/sim:TestSeeds"},
	{"Order takes the annotation and the extension partitionkey on Kafka, and parallelism 1 on RabbitMQ.",
		"order-value order-not-kept ordered-without-partition-key partition-key-unordered parallelism-value parallelism-ignored",
		"Which extensions a function sets is in its code: EventTypes tell.", "knative:TestRunner_Order knative:TestCells"},
	{"An event that fails holds up its partition of an ordered Trigger, waits included.", "ordered-delivery-blocks", "", "knative:TestRunner_Order"},
	{"retryAfterMax is refused as shipped, timeout is taken.", "retry-after-max delivery-duration", "", "knative:TestCells"},
	{"The spec of a RabbitMQBroker and the filter of its Triggers cannot be changed; who deletes them loses what is queued.",
		"immutable-changed rabbitmq-trigger-gone", "It takes the version before: -against.", ""},
	{"A new Trigger of a Kafka Broker begins at the end.", "kafka-trigger-new kafka-source-without-group",
		"It takes the version before: -against. Whether it was Ready before the first event, a cluster knows.", "knative:TestCells"},
	{"Kafka's ConfigMap is shipped with three replicas.", "replication-factor kafka-config-incomplete",
		"Where Kafka is not among the manifests, -kafka-brokers tells how many there are.", ""},
	{"Brokers of Kafka and RabbitMQ need spec.config.", "broker-config-missing broker-config-kind broker-class", "", "knative:TestRead_Refuses"},
	{"A RabbitmqCluster of another namespace must let this one in.", "rabbitmq-topology-namespace", "", ""},
	{"Credentials with special characters break RabbitMQ's address.", "rabbitmq-credentials",
		"A Secret that is in no file is not seen.", "cmd/tourbillon:TestConfig_OddPasswords"},
	{"Events without time get the year 1 from RabbitMQ, and extensions that are no strings never match.",
		"rabbitmq-typed-attribute rabbitmq-attribute-never-matches", "Which time an event has is in code.", filter + theirs + "Carry"},
	{"The functions framework for Go has no answers, no health and no end, answers GET with 400, and does not read FUNCTION_SIGNATURE_TYPE.",
		"function-signature-type function-probe", "The rest is how the program hosts its functions.",
		"functions:TestHandler_ProbesAndMethods functions:TestFramework_PrintsNothing functions:TestServe_FinishesWhatIsInFlight"},
	{"The runtime of knative func ends after 30 seconds, and with PORT alone listens on the loopback.", "func-loopback func-timeout", "", "knative/func:TestHandle"},
	{"Annotations of the autoscaler are strings in the template; initial-scale \"0\" is refused as shipped.",
		"autoscaling-misplaced autoscaling-not-a-string autoscaling-old-spelling autoscaling-unknown autoscaling-value initial-scale-zero",
		"", ""},
	{"WebSockets on a Service of Knative are cut off.", "websocket-on-service",
		"What a program serves is in its code: the rule goes by names, arguments and settings.", ""},
	{"A Service may take 600 seconds at most, and a delivery must wait less than its Service may take.",
		"service-timeout-too-long service-timeouts-contradict delivery-timeout-after-service", "", "knative:TestPolicy_Ends"},
	{"Each Trigger of a RabbitMQBroker is a pod, and two with a dead-letter sink of its own.",
		"rabbitmq-own-dead-letter-dispatcher rabbitmq-many-dispatchers rabbitmq-dispatcher-requests", "", "knative/gates:TestCost_FitsOnKind"},
	{"Kafka's dispatcher asks for a whole CPU.", "kafka-dispatcher-requests",
		"Only where Knative's own manifests are looked at as well.", "knative/gates:TestCost_FitsOnKind"},
	{"Kafka's webhook must answer before its data plane is applied, and RabbitMQ's topology operator needs cert-manager.", "",
		"In which order manifests are applied, and what was waited for, is in no manifest: knative/kind/up waits for each.", "knative/gates:TestUp"},
	{"A cluster fills in a delivery that no manifest shows.", "delivery-defaulted", "", "knative:TestRead_FillsIn knative:TestCells"},
	{"The address of a Broker differs by class.", "ingress-hard-coded", "", ""},
	{"The ingress of a RabbitMQBroker takes no path and no OPTIONS.", "rabbitmq-ingress-path rabbitmq-ingress-exposed",
		"Whether a provider asks with OPTIONS first, it says itself.", "functions/webhook:TestDoor_Paths" + theirs + "Ingress"},
	{"Webhooks need no kind of Knative: a Service with a SinkBinding, which checks signatures and hands a Broker's failure on as 5xx.", "k-sink-by-hand",
		"How it answers is in its code.", "functions/webhook:TestStripe_Signature functions/webhook:TestStripe_OurOwnTroubleIsSentAgain"},
	{"An EventPolicy does nothing where authentication is not enabled.", "event-policy-without-oidc", "", ""},
	{"An InMemoryChannel is not durable, and is what a Channel or Sequence gets.", "in-memory-channel", "", ""},
	{"CESQL must be true or false, and an empty value in filters is skipped.", "cesql-not-boolean filter-empty-value", "", "knative:TestRead_Refuses"},
	{"RabbitMQ's broker is a release behind Knative's core.", "",
		"Which releases are installed is in no manifest of an application: knative/kind/pins names those that go together.", ""},
	{"Knative's Go modules promise no compatibility between releases.", "",
		"It is in go.mod: knative/gates/go.mod names modules of one release, and its tests run their code.", "knative/gates:TestEveryOverlay"},
}

// gotchasPage is where they are for people to read.
const gotchasPage = "../../docs/gotchas.md"

// TestGotchas holds the page against the table and the rules. With -update it
// is written.
func TestGotchas(t *testing.T) {
	if len(gotchas) != 39 {
		t.Errorf("%d gotchas", len(gotchas))
	}
	got := page()
	if *update {
		if err := os.WriteFile(gotchasPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(gotchasPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/gotchas.md is not what the code says; run the test with -update:\n%s", diff)
	}
}

// TestGotchas_AreCovered holds that each has what its row names: a rule that is
// planted for it, and tests that there are; and a reason where it has no rule.
func TestGotchas_AreCovered(t *testing.T) {
	planted := plantedFor(t)
	for i, g := range gotchas {
		if g.rules == "" && g.beyond == "" {
			t.Errorf("%d has neither a rule nor a reason", i+1)
		}
		shown := false
		for _, rule := range strings.Fields(g.rules) {
			if !slices.ContainsFunc(lint.Rules(), func(r lint.Rule) bool { return r.Name == rule }) {
				t.Errorf("%d: there is no rule %s", i+1, rule)
			}
			shown = shown || slices.Contains(planted[rule], i+1)
		}
		if g.rules != "" && !shown {
			t.Errorf("%d: no test in testdata/rules of its rules says that it plants gotcha %d", i+1, i+1)
		}
		for _, test := range strings.Fields(g.tests) {
			folder, name, _ := strings.Cut(test, ":")
			if !hasTest(t, filepath.Join("../..", folder), name) {
				t.Errorf("%d: there is no test %s in %s", i+1, name, folder)
			}
		}
	}
}

// hasTest reports whether a test is in one of the files of a folder.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), "\nfunc "+name+"(")
	})
}

// plantedFor are the gotchas that the tests of a rule say they plant.
func plantedFor(t *testing.T) map[string][]int {
	t.Helper()
	files, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	says := regexp.MustCompile(`\bGotchas? ([0-9, and]+)`)
	all := map[string][]int{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rule, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".txtar"), "_")
		if m := says.FindSubmatch(archive.Comment); m != nil {
			for _, number := range regexp.MustCompile(`\d+`).FindAllString(string(m[1]), -1) {
				var n int
				fmt.Sscan(number, &n)
				all[rule] = append(all[rule], n)
			}
		}
	}
	return all
}

func page() string {
	var b strings.Builder
	b.WriteString(`# What looks right and is not

Thirty-nine things that Knative, RabbitMQ's broker and Kafka's broker do otherwise than their manifests look like, and what
` + "`tourbillon lint`" + ` says of each. Below are all its rules. This page is generated: ` + "`go test ./knative/lint -run TestGotchas -update`" + `.

` + "```" + `
tourbillon lint                                                       the manifests in the program
tourbillon lint -f FILE -f FOLDER                                     anybody's
kustomize build knative/overlays/kind | tourbillon lint -strict -f -  as a cluster gets them; warnings count, too
tourbillon lint -f new -against old                                   and what cannot be changed
tourbillon lint -f FOLDER -replies reserve=com.example.reserved       and which answers come back
tourbillon lint -f FOLDER -output json                                for another program
` + "```" + `

A comment lets one finding be, and says why: ` + "`# lint: allow RULE: the reason`" + ` on the line or the one above, or at the head of a
document for all of it.

| | what | rules | what no manifest shows, and why | our tests of it |
|---|---|---|---|---|
`)
	for i, g := range gotchas {
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", i+1, g.what, codes(g.rules), g.beyond, codes(g.tests))
	}
	b.WriteString("\n## Rules\n\nEach is planted in knative/lint/testdata/rules, beside the same without the fault.\n\n| rule | | finds | why it matters | known from |\n|---|---|---|---|---|\n")
	for _, r := range lint.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Name, r.Severity, r.About, r.Why, r.Source)
	}
	return b.String()
}

// codes are words as Markdown has code.
func codes(words string) string {
	all := strings.Fields(words)
	for i := range all {
		all[i] = "`" + strings.Replace(all[i], ":", " ", 1) + "`"
	}
	return strings.Join(all, ", ")
}
