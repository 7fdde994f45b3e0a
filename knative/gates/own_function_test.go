package gates

import (
	"bytes"
	"os"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
)

// TestOwnFunction holds the manifest in docs/own-function.md to what a cluster
// would admit, beside what there is on kind: of the objects, and of who may reach
// the pod.
func TestOwnFunction(t *testing.T) {
	page, err := os.ReadFile("../../docs/own-function.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(page, []byte("\n```yaml\n"))
	manifest, _, found := bytes.Cut(after, []byte("\n```\n"))
	if !found {
		t.Fatal("the page has no manifest")
	}
	g, kinds := opened(t), []string{}
	objects := built(t, "../overlays/kind")
	for text := range bytes.SplitSeq(manifest, []byte("\n---\n")) {
		o, err := Read(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range g.Check(o) {
			t.Errorf("%s: %s", o, no)
		}
		if o.Namespace != home {
			t.Errorf("%s is in namespace %q", o, o.Namespace)
		}
		objects, kinds = append(objects, o), append(kinds, o.Kind)
	}
	if got := strings.Join(kinds, " "); got != "Service Trigger Trigger EventType NetworkPolicy" {
		t.Errorf("the manifest has %s", got)
	}
	n, err := networkOf(objects)
	if err != nil {
		t.Fatal(err)
	}
	own := pod{"loyalty", home, map[string]string{"serving.knative.dev/service": "loyalty"}, ""}
	for _, c := range []struct {
		is       bool
		from, to pod
		port     int
	}{
		{true, dispatcher, gateway, 8081}, {true, gateway, own, 8012}, {true, activator, own, 8012}, {true, activator, own, 9090},
		{false, stranger, own, 8012}, {false, beside, own, 8012}, {false, own, ingress, 8080}, {false, own, world, 443},
		{false, own, pod{"Redis", home, map[string]string{"app.kubernetes.io/name": "redis"}, ""}, 6379},
	} {
		if n.admits(c.from, c.to, c.port, core.ProtocolTCP) != c.is {
			t.Errorf("%s to %s at %d: admitted is %v", c.from.Name, c.to.Name, c.port, !c.is)
		}
	}
}
