package gates

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

var update = flag.Bool("update", false, "write the tables of docs/knative.md anew")

const page = "../../docs/knative.md"

// cost is what a part asks a cluster for.
type cost struct {
	part       string
	rest, busy int                     // pods, with nobody there and with as many as there may be
	sums       [2][2]resource.Quantity // CPU and memory, each at rest and under load
}

// size is what one pod asks for.
type size struct{ cpu, memory resource.Quantity }

// platform is what Knative and the operators ask for on kind, in millicores and
// MiB, beside what knative/kind/up changes: the figures of their own manifests.
var platform = []struct {
	part        string
	pods        int
	cpu, memory int
}{
	{"Kubernetes itself, one node", 9, 950, 290},
	{"Kourier's controller", 1, 200, 200},
	{"eventing-controller, eventing-webhook, job-sink, PingSource's adapter", 4, 450, 278},
	{"rabbitmq-broker-controller, rabbitmq-broker-webhook", 2, 120, 120},
	{"kafka-controller, kafka-webhook-eventing", 2, 120, 120},
}

// asked are the lines of knative/kind/up that have something ask for less.
var asked = regexp.MustCompile(`(?m)^(for what in (.*); do )?asks \S+ (\S+) (\d+)m (\d+)Mi`)

// sidecar is what Knative puts beside each function by itself, of CPU.
const sidecar = "25m"

func quantity(t *testing.T, text string) resource.Quantity {
	t.Helper()
	q, err := resource.ParseQuantity(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return q
}

func annotation(o Object, path []string, name string) string {
	m, _ := dig(o.Fields, path...).(map[string]any)
	text, _ := m[name].(string)
	return text
}

// costs are the parts of an overlay.
func costs(t *testing.T, objects []Object) []*cost {
	t.Helper()
	var (
		stay     = &cost{part: "functions that stay"}
		come     = &cost{part: "functions that come and go"}
		ingress  = &cost{part: "the Broker's ingress, and its dead letters' dispatcher"}
		dispatch = &cost{part: "a dispatcher for each Trigger of the Broker"}
		others   []*cost
		rest     = []string{"metadata", "annotations"}
	)
	const pod = "rabbitmq.eventing.knative.dev/"
	for _, o := range objects {
		switch {
		case o.APIVersion == "serving.knative.dev/v1":
			at := []string{"spec", "template", "metadata", "annotations"}
			c := one(podsOf(t, o))
			beside := annotation(o, at, "queue.sidecar.serving.knative.dev/cpu-resource-request")
			if beside == "" {
				beside = sidecar
			}
			c.cpu.Add(quantity(t, beside))
			least, _ := strconv.Atoi(annotation(o, at, "autoscaling.knative.dev/min-scale"))
			most, _ := strconv.Atoi(annotation(o, at, "autoscaling.knative.dev/max-scale"))
			add(stay, c, least, least)
			add(come, c, 0, most-least)
		case o.Kind == "Broker" && o.Name == "bookings":
			add(ingress, size{quantity(t, annotation(o, rest, pod+"cpu-request")), quantity(t, annotation(o, rest, pod+"memory-request"))}, 2, 2)
		case o.Kind == "Trigger" && dig(o.Fields, "spec", "broker") == "bookings":
			add(dispatch, size{quantity(t, annotation(o, rest, pod+"cpu-request")), quantity(t, annotation(o, rest, pod+"memory-request"))}, 1, 1)
		case o.Kind == "RabbitmqCluster":
			requests, _ := dig(o.Fields, "spec", "resources", "requests").(map[string]any)
			c := &cost{part: "RabbitMQ"}
			add(c, size{quantity(t, requests["cpu"].(string)), quantity(t, requests["memory"].(string))}, 1, 1)
			others = append(others, c)
		case o.Kind == "StatefulSet", o.Kind == "Deployment":
			c := &cost{part: map[string]string{"redis": "Redis", "kafka": "Kafka", "relay": "the relay"}[o.Name]}
			least, most := replicas(objects, o)
			add(c, one(podsOf(t, o)), least, most)
			others = append(others, c)
		}
	}
	return append([]*cost{stay, come, ingress, dispatch}, others...)
}

// replicas are those of an autoscaler, or one.
func replicas(objects []Object, of Object) (least, most int) {
	for _, o := range objects {
		if o.Kind == "HorizontalPodAutoscaler" && o.Name == of.Name && of.Kind == "Deployment" {
			return int(dig(o.Fields, "spec", "minReplicas").(float64)), int(dig(o.Fields, "spec", "maxReplicas").(float64))
		}
	}
	return 1, 1
}

// one is a pod.
func one(p *core.PodSpec) (c size) {
	for _, x := range p.Containers {
		c.cpu.Add(*x.Resources.Requests.Cpu())
		c.memory.Add(*x.Resources.Requests.Memory())
	}
	return c
}

// add adds pods to a part.
func add(to *cost, c size, rest, busy int) {
	to.rest, to.busy = to.rest+rest, to.busy+busy
	for i, q := range []resource.Quantity{c.cpu, c.memory} {
		for j, n := range []int{rest, busy} {
			sum := &to.sums[i][j]
			more := q.DeepCopy()
			more.Mul(int64(n))
			sum.Add(more)
		}
	}
}

// table is the parts, in words, and their sum.
func table(parts []*cost) string {
	var b strings.Builder
	b.WriteString("| part | pods at rest | CPU | memory | pods under load | CPU | memory |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	all := &cost{part: "**all**"}
	row := func(c *cost) {
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %d | %s | %s |\n", c.part, c.rest, cpu(c.sums[0][0]), mebibytes(c.sums[1][0]), c.busy, cpu(c.sums[0][1]), mebibytes(c.sums[1][1]))
	}
	for _, c := range parts {
		row(c)
		all.rest, all.busy = all.rest+c.rest, all.busy+c.busy
		for i := range c.sums {
			for j := range c.sums[i] {
				all.sums[i][j].Add(c.sums[i][j])
			}
		}
	}
	row(all)
	return b.String()
}

func cpu(q resource.Quantity) string { return fmt.Sprintf("%.2f", float64(q.MilliValue())/1000) }

func mebibytes(q resource.Quantity) string { return fmt.Sprintf("%d Mi", q.Value()>>20) }

// below is what is below us on kind.
func below(t *testing.T) []*cost {
	t.Helper()
	script, err := os.ReadFile("../kind/up")
	if err != nil {
		t.Fatal(err)
	}
	shrunk := &cost{part: "what `knative/kind/up` has ask for less"}
	for _, m := range asked.FindAllStringSubmatch(string(script), -1) {
		n := max(1, len(strings.Fields(m[2])))
		add(shrunk, size{quantity(t, m[4]+"m"), quantity(t, m[5]+"Mi")}, n, n)
	}
	all := []*cost{shrunk}
	for _, p := range platform {
		c := &cost{part: p.part}
		add(c, size{*resource.NewMilliQuantity(int64(p.cpu), resource.DecimalSI), *resource.NewQuantity(int64(p.memory)<<20, resource.BinarySI)}, 1, 1)
		c.rest, c.busy = p.pods, p.pods
		all = append(all, c)
	}
	return all
}

func TestCost_IsAsThePageSays(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	is := string(text)
	for _, overlay := range []string{"kind", "production"} {
		parts := costs(t, built(t, "../overlays/"+overlay))
		if overlay == "kind" {
			parts = append(parts, below(t)...)
		}
		begin, end := "<!-- cost of "+overlay+": go test ./... -update, in knative/gates -->\n", "<!-- end -->"
		from := strings.Index(is, begin)
		if from < 0 {
			t.Fatalf("%s has no %q", page, begin)
		}
		from += len(begin)
		to := from + strings.Index(is[from:], end)
		if want := table(parts); is[from:to] != want {
			is = is[:from] + want + is[to:]
			if !*update {
				t.Errorf("%s is not as the manifests of %s are: go test ./... -update\n%s", page, overlay, want)
			}
		}
	}
	if *update {
		if err := os.WriteFile(page, []byte(is), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCost_FitsOnKind holds what is asked for at rest against 6 CPUs and 10 GiB,
// and leaves a CPU and a GiB for functions that come.
func TestCost_FitsOnKind(t *testing.T) {
	var sum size
	pods := 3 // cert-manager's, which ask for nothing
	for _, c := range append(costs(t, built(t, "../overlays/kind")), below(t)...) {
		pods += c.busy
		sum.cpu.Add(c.sums[0][0])
		sum.memory.Add(c.sums[1][0])
	}
	if sum.cpu.Cmp(quantity(t, "5")) > 0 || sum.memory.Cmp(quantity(t, "9Gi")) > 0 {
		t.Errorf("at rest it asks for %s CPUs and %s", cpu(sum.cpu), mebibytes(sum.memory))
	}
	text, err := os.ReadFile("../kind/cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	most, err := strconv.Atoi(regexp.MustCompile(`maxPods: (\d+)`).FindStringSubmatch(string(text))[1])
	if err != nil || pods > most {
		t.Errorf("under load there are %d pods, and the node takes %d: %v", pods, most, err)
	}
}
