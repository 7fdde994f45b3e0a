package gates

import (
	"context"
	"fmt"

	rabbitmq "github.com/rabbitmq/cluster-operator/api/v1beta1"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// decoded are the kinds that have no webhook of Knative's, and the types that
// their own servers decode them into.
var decoded = map[string]func() any{
	"v1 Namespace":                           func() any { return new(core.Namespace) },
	"v1 ConfigMap":                           func() any { return new(core.ConfigMap) },
	"v1 Service":                             func() any { return new(core.Service) },
	"v1 ServiceAccount":                      func() any { return new(core.ServiceAccount) },
	"apps/v1 Deployment":                     func() any { return new(apps.Deployment) },
	"apps/v1 StatefulSet":                    func() any { return new(apps.StatefulSet) },
	"autoscaling/v2 HorizontalPodAutoscaler": func() any { return new(autoscaling.HorizontalPodAutoscaler) },
	"batch/v1 Job":                           func() any { return new(batch.Job) },
	"networking.k8s.io/v1 Ingress":           func() any { return new(networking.Ingress) },
	"networking.k8s.io/v1 NetworkPolicy":     func() any { return new(networking.NetworkPolicy) },
	"policy/v1 PodDisruptionBudget":          func() any { return new(policy.PodDisruptionBudget) },
	"rabbitmq.com/v1beta1 RabbitmqCluster":   func() any { return new(rabbitmq.RabbitmqCluster) },
}

// Gates are what objects must pass. [Open] makes them.
type Gates struct {
	cluster context.Context
	schemas map[string]schemaOf
}

// Open reads what Knative ships.
func Open() (*Gates, error) {
	ctx, err := cluster()
	if err != nil {
		return nil, fmt.Errorf("what Knative ships: %w", err)
	}
	s, err := schemas()
	if err != nil {
		return nil, fmt.Errorf("the CRDs: %w", err)
	}
	return &Gates{ctx, s}, nil
}

// Check returns all that a cluster would refuse of an object.
func (g *Gates) Check(o Object) (no []string) {
	kind := o.APIVersion + " " + o.Kind
	own, ok := decoded[kind]
	admits := webhooks[kind]
	if !ok && len(admits) == 0 {
		return []string{"no gate knows " + kind}
	}
	if ok {
		if err := yaml.UnmarshalStrict(o.Text, own()); err != nil {
			no = append(no, "type: "+err.Error())
		}
	}
	if err := admit(g.cluster, o, admits); err != nil {
		no = append(no, "webhook: "+err.Error())
	}
	if s, ok := g.schemas[kind]; ok {
		no = append(no, s.check(o)...)
	}
	return no
}
