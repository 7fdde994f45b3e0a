package gates

import (
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	serving "knative.dev/serving/pkg/apis/serving/v1"
	"sigs.k8s.io/yaml"
)

// podsOf returns what an object runs, if that is ours to say: nil otherwise.
func podsOf(t *testing.T, o Object) *core.PodSpec {
	t.Helper()
	into := func(to any) {
		if err := yaml.UnmarshalStrict(o.Text, to); err != nil {
			t.Fatalf("%s: %v", o, err)
		}
	}
	switch {
	case o.APIVersion == "serving.knative.dev/v1":
		var s serving.Service
		into(&s)
		return &s.Spec.Template.Spec.PodSpec
	case o.Kind == "Deployment":
		var d apps.Deployment
		into(&d)
		return &d.Spec.Template.Spec
	case o.Kind == "StatefulSet":
		var s apps.StatefulSet
		into(&s)
		return &s.Spec.Template.Spec
	case o.Kind == "Job":
		var j batch.Job
		into(&j)
		return &j.Spec.Template.Spec
	}
	return nil
}

// writes are the containers that cannot do with a root that is read alone.
var writes = map[string]string{
	"kafka":  "its entry script writes its settings beside the program",
	"topics": "so do its tools",
}

// restricted complains of a pod that the restricted standard of Kubernetes would
// not let in, or that has more than it needs.
func restricted(p *core.PodSpec) (no []string) {
	all := p.SecurityContext
	if all == nil {
		all = new(core.PodSecurityContext)
	}
	if p.AutomountServiceAccountToken == nil || *p.AutomountServiceAccountToken {
		no = append(no, "it has a token to speak to the cluster with")
	}
	if p.HostNetwork || p.HostPID || p.HostIPC {
		no = append(no, "it shares what is the node's")
	}
	for _, c := range p.Containers {
		s := c.SecurityContext
		if s == nil {
			s = new(core.SecurityContext)
		}
		if !is(s.RunAsNonRoot) && !is(all.RunAsNonRoot) {
			no = append(no, c.Name+" may run as root")
		}
		if s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || is(s.Privileged) {
			no = append(no, c.Name+" may become more than it is")
		}
		if s.Capabilities == nil || len(s.Capabilities.Drop) != 1 || s.Capabilities.Drop[0] != "ALL" || len(s.Capabilities.Add) > 0 {
			no = append(no, c.Name+" has capabilities")
		}
		if !is(s.ReadOnlyRootFilesystem) && writes[c.Name] == "" {
			no = append(no, c.Name+" may write to its root")
		}
		if !confined(s.SeccompProfile) && !confined(all.SeccompProfile) {
			no = append(no, c.Name+" may make any system call")
		}
		if c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() {
			no = append(no, c.Name+" does not say what it needs, or how much memory it may have")
		}
		for _, e := range c.Env {
			if word := strings.ToUpper(e.Name); e.Value != "" && (strings.Contains(word, "PASSWORD") || strings.Contains(word, "SECRET") || strings.Contains(word, "TOKEN")) {
				no = append(no, c.Name+" has a secret written down: "+e.Name)
			}
		}
	}
	return no
}

func is(b *bool) bool { return b != nil && *b }

func confined(p *core.SeccompProfile) bool {
	return p != nil && p.Type == core.SeccompProfileTypeRuntimeDefault
}

func TestEveryPod_IsRestricted(t *testing.T) {
	for _, folder := range folders(t) {
		pods := 0
		for _, o := range built(t, folder) {
			if o.Kind == "Secret" {
				t.Errorf("%s: %s is in a file", folder, o)
			}
			p := podsOf(t, o)
			if p == nil {
				continue
			}
			pods++
			for _, no := range restricted(p) {
				t.Errorf("%s: %s: %s", folder, o, no)
			}
		}
		if pods < 16 {
			t.Errorf("%s: %d kinds of pods", folder, pods)
		}
	}
}

func TestRestricted_Bites(t *testing.T) {
	for _, o := range built(t, "../overlays/kind") {
		if o.Name != "relay" || o.Kind != "Deployment" {
			continue
		}
		for _, c := range []struct{ old, new, want string }{
			{"automountServiceAccountToken: false", "automountServiceAccountToken: true", "token"},
			{"runAsNonRoot: true", "runAsNonRoot: false", "may run as root"},
			{"allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "may become more"},
			{"- ALL", "- NET_RAW", "has capabilities"},
			{"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "may write to its root"},
			{"type: RuntimeDefault", "type: Unconfined", "any system call"},
			{"memory: 512Mi", "cpu: 1", "how much memory"},
			{"name: GOMEMLIMIT", "name: REDIS_PASSWORD", "a secret written down"},
			{"enableServiceLinks: false", "hostNetwork: true", "the node's"},
		} {
			changed := o
			changed.Text = []byte(strings.Replace(string(o.Text), c.old, c.new, 1))
			if no := strings.Join(restricted(podsOf(t, changed)), "; "); !strings.Contains(no, c.want) {
				t.Errorf("%s: got %q, want %q", c.new, no, c.want)
			}
		}
		return
	}
	t.Error("there is no relay")
}

// TestEveryRollout_HasRoom holds that a Deployment of which no pod goes before
// the next is ready does not forbid the next to be where there is room: with no
// more nodes than pods, none would ever be changed.
func TestEveryRollout_HasRoom(t *testing.T) {
	for _, folder := range folders(t) {
		for _, o := range built(t, folder) {
			if o.Kind != "Deployment" {
				continue
			}
			var d apps.Deployment
			if err := yaml.UnmarshalStrict(o.Text, &d); err != nil {
				t.Fatalf("%s: %v", o, err)
			}
			affinity := d.Spec.Template.Spec.Affinity
			if u := d.Spec.Strategy.RollingUpdate; u == nil || u.MaxUnavailable == nil || u.MaxUnavailable.IntValue() > 0 || affinity == nil || affinity.PodAntiAffinity == nil {
				continue
			}
			for _, term := range affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
				if selects(term.LabelSelector, d.Spec.Template.Labels) {
					t.Errorf("%s: %s keeps its next pod off every %s where it has one", folder, o, term.TopologyKey)
				}
			}
		}
	}
}

// TestGoMemory_FitsItsPod holds what a container tells Go that it may have
// against its limit: most of it, and not all.
func TestGoMemory_FitsItsPod(t *testing.T) {
	for _, folder := range folders(t) {
		told := 0
		for _, o := range built(t, folder) {
			p := podsOf(t, o)
			if p == nil {
				continue
			}
			for _, c := range p.Containers {
				for _, e := range c.Env {
					if e.Name != "GOMEMLIMIT" {
						continue
					}
					told++
					may := quantity(t, strings.TrimSuffix(e.Value, "B"))
					if of := float64(may.Value()) / float64(c.Resources.Limits.Memory().Value()); of < 0.7 || of > 0.9 {
						t.Errorf("%s: %s: GOMEMLIMIT is %s of %s", folder, o, e.Value, c.Resources.Limits.Memory())
					}
				}
			}
		}
		if told == 0 {
			t.Errorf("%s: nobody tells Go", folder)
		}
	}
}
