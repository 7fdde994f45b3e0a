package gates

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	rabbit "knative.dev/eventing-rabbitmq/pkg/apis/eventing/v1alpha1"
	rabbitpods "knative.dev/eventing-rabbitmq/pkg/utils"
	eventingconfig "knative.dev/eventing/pkg/apis/config"
	eventing "knative.dev/eventing/pkg/apis/eventing/v1"
	"knative.dev/eventing/pkg/apis/eventing/v1beta3"
	"knative.dev/eventing/pkg/apis/feature"
	sources "knative.dev/eventing/pkg/apis/sources/v1"
	"knative.dev/pkg/apis"
	servingconfig "knative.dev/serving/pkg/apis/config"
	serving "knative.dev/serving/pkg/apis/serving/v1"
	"knative.dev/serving/pkg/apis/serving/v1beta1"
	autoscaler "knative.dev/serving/pkg/autoscaler/config"
	"sigs.k8s.io/yaml"
)

// admitted is what a webhook is given.
type admitted interface {
	apis.Defaultable
	apis.Validatable
}

// webhooks are who admits each kind; some are admitted by two.
var webhooks = map[string][]func() admitted{
	"serving.knative.dev/v1 Service":            {func() admitted { return new(serving.Service) }},
	"serving.knative.dev/v1beta1 DomainMapping": {func() admitted { return new(v1beta1.DomainMapping) }},
	"eventing.knative.dev/v1 Broker": {
		func() admitted { return new(eventing.Broker) }, func() admitted { return new(rabbit.RabbitBroker) },
	},
	"eventing.knative.dev/v1 Trigger": {
		func() admitted { return new(eventing.Trigger) }, func() admitted { return new(rabbitTrigger) },
	},
	"eventing.knative.dev/v1beta3 EventType":             {func() admitted { return new(v1beta3.EventType) }},
	"eventing.knative.dev/v1alpha1 RabbitmqBrokerConfig": {func() admitted { return new(rabbit.RabbitmqBrokerConfig) }},
	"eventing.knative.dev/v1alpha1 KafkaSink":            {func() admitted { return new(kafkaSink) }},
	"sources.knative.dev/v1 PingSource":                  {func() admitted { return new(sources.PingSource) }},
	"sources.knative.dev/v1 SinkBinding":                 {func() admitted { return new(sources.SinkBinding) }},
}

// rabbitTrigger is a Trigger as the webhook of RabbitMQ's brokers admits it. Its
// own type asks the cluster for the Broker; these are the checks that follow.
type rabbitTrigger struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              eventing.TriggerSpec   `json:"spec"`
	Status            eventing.TriggerStatus `json:"status"`
}

// SetDefaults implements apis.Defaultable: there are none.
func (t *rabbitTrigger) SetDefaults(context.Context) {}

// Validate implements apis.Validatable.
func (t *rabbitTrigger) Validate(context.Context) *apis.FieldError {
	const parallelism = "rabbitmq.eventing.knative.dev/parallelism"
	if text, ok := t.Annotations[parallelism]; ok {
		if n, err := strconv.Atoi(text); err != nil || n < 1 || n > 1000 {
			return apis.ErrInvalidValue(text, "metadata.annotations."+parallelism)
		}
	}
	return rabbitpods.ValidateResourceRequestsAndLimits(t.ObjectMeta)
}

// kafkaSink is what no module carries: its fields, and what must be there.
type kafkaSink struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Topic             string   `json:"topic"`
		BootstrapServers  []string `json:"bootstrapServers"`
		ContentMode       string   `json:"contentMode,omitempty"`
		NumPartitions     *int32   `json:"numPartitions,omitempty"`
		ReplicationFactor *int16   `json:"replicationFactor,omitempty"`
		Auth              *struct {
			Secret struct {
				Ref struct {
					Name string `json:"name"`
				} `json:"ref"`
			} `json:"secret"`
		} `json:"auth,omitempty"`
	} `json:"spec"`
}

// SetDefaults implements apis.Defaultable: there are none.
func (k *kafkaSink) SetDefaults(context.Context) {}

// Validate implements apis.Validatable.
func (k *kafkaSink) Validate(context.Context) (no *apis.FieldError) {
	if k.Spec.Topic == "" {
		no = no.Also(apis.ErrMissingField("spec.topic"))
	}
	if len(k.Spec.BootstrapServers) == 0 {
		no = no.Also(apis.ErrMissingField("spec.bootstrapServers"))
	}
	if mode := k.Spec.ContentMode; mode != "" && mode != "binary" && mode != "structured" {
		no = no.Also(apis.ErrInvalidValue(mode, "spec.contentMode"))
	}
	if (k.Spec.NumPartitions == nil) != (k.Spec.ReplicationFactor == nil) {
		no = no.Also(apis.ErrMissingOneOf("spec.numPartitions", "spec.replicationFactor"))
	}
	return no
}

// cluster is the context of a webhook in a cluster as shipped: an object is
// created, features and defaults are those of the ConfigMaps.
func cluster() (context.Context, error) {
	var wrong []error
	from := func(module, file string) map[string]string {
		data, err := shipped(module, file)
		wrong = append(wrong, err)
		return data
	}
	keep := func(err error) { wrong = append(wrong, err) }
	flags, err := feature.NewFlagsConfigFromMap(from("knative.dev/eventing", "features.yaml"))
	keep(err)
	brokers, err := eventingconfig.NewDefaultsConfigFromMap(from("knative.dev/eventing", "default-broker.yaml"))
	keep(err)
	defaults, err := servingconfig.NewDefaultsConfigFromMap(from("knative.dev/serving", "defaults.yaml"))
	keep(err)
	features, err := servingconfig.NewFeaturesConfigFromMap(from("knative.dev/serving", "features.yaml"))
	keep(err)
	scaling, err := autoscaler.NewConfigFromMap(from("knative.dev/serving", "autoscaler.yaml"))
	keep(err)
	ctx := apis.WithinCreate(context.Background())
	ctx = feature.ToContext(ctx, flags)
	ctx = eventingconfig.ToContext(ctx, &eventingconfig.Config{Defaults: brokers})
	ctx = servingconfig.ToContext(ctx, &servingconfig.Config{Defaults: defaults, Features: features, Autoscaler: scaling})
	return ctx, errors.Join(wrong...)
}

// admit does what webhooks do with an object: one after the other fills in its
// defaults, then each validates what is there by then.
func admit(ctx context.Context, o Object, by []func() admitted) error {
	text, err := yaml.YAMLToJSONStrict(o.Text)
	if err != nil {
		return err
	}
	for _, fresh := range by {
		one := fresh()
		if err := strictly(text, one); err != nil {
			return err
		}
		one.SetDefaults(ctx)
		if text, err = json.Marshal(one); err != nil {
			return err
		}
	}
	for _, fresh := range by {
		one := fresh()
		if err := json.Unmarshal(text, one); err != nil {
			return err
		}
		if no := one.Validate(ctx).Filter(apis.ErrorLevel); no != nil {
			return no
		}
	}
	return nil
}

func strictly(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(to)
}
