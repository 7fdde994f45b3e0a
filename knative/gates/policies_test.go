package gates

import (
	"slices"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

// pod is one end of a connection: by namespace and labels, or an address of the
// world's, which is in no namespace.
type pod struct {
	Name      string
	Namespace string
	Labels    map[string]string
	Address   string // of the world; empty: a pod
}

// network is the NetworkPolicies of a cluster.
type network []networking.NetworkPolicy

// networkOf reads the policies among objects.
func networkOf(objects []Object) (n network, err error) {
	for _, o := range objects {
		if o.Kind != "NetworkPolicy" {
			continue
		}
		var p networking.NetworkPolicy
		if err := yaml.UnmarshalStrict(o.Text, &p); err != nil {
			return nil, err
		}
		n = append(n, p)
	}
	return n, nil
}

// admits reports whether a connection is let out of where it comes from, and
// into where it goes. An end that no policy selects takes what comes.
func (n network) admits(from, to pod, port int, protocol core.Protocol) bool {
	return n.passes(from, networking.PolicyTypeEgress, to, port, protocol) && n.passes(to, networking.PolicyTypeIngress, from, port, protocol)
}

func (n network) passes(own pod, way networking.PolicyType, other pod, port int, protocol core.Protocol) bool {
	selected := false
	for _, p := range n {
		if own.Address != "" || p.Namespace != own.Namespace || !selects(&p.Spec.PodSelector, own.Labels) || !slices.Contains(p.Spec.PolicyTypes, way) {
			continue
		}
		selected = true
		if way == networking.PolicyTypeEgress {
			for _, r := range p.Spec.Egress {
				if ported(r.Ports, port, protocol) && among(r.To, p.Namespace, other) {
					return true
				}
			}
			continue
		}
		for _, r := range p.Spec.Ingress {
			if ported(r.Ports, port, protocol) && among(r.From, p.Namespace, other) {
				return true
			}
		}
	}
	return !selected
}

func ported(ports []networking.NetworkPolicyPort, port int, protocol core.Protocol) bool {
	for _, p := range ports {
		of := core.ProtocolTCP
		if p.Protocol != nil {
			of = *p.Protocol
		}
		if of == protocol && (p.Port == nil || p.Port.Type == intstr.Int && p.Port.IntValue() == port) {
			return true
		}
	}
	return len(ports) == 0
}

func among(peers []networking.NetworkPolicyPeer, home string, other pod) bool {
	for _, p := range peers {
		if p.IPBlock != nil {
			if other.Address == p.IPBlock.CIDR {
				return true // the tests' world is named by its network
			}
			continue
		}
		if other.Address != "" {
			continue
		}
		there := p.NamespaceSelector == nil && other.Namespace == home ||
			p.NamespaceSelector != nil && selects(p.NamespaceSelector, map[string]string{core.LabelMetadataName: other.Namespace})
		if there && (p.PodSelector == nil || selects(p.PodSelector, other.Labels)) {
			return true
		}
	}
	return len(peers) == 0
}

func selects(s *meta.LabelSelector, of map[string]string) bool {
	by, err := meta.LabelSelectorAsSelector(s)
	return err == nil && by.Matches(labels.Set(of))
}
