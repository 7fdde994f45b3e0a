package knative

import (
	"regexp"
	"strings"
)

// thing is one manifest, read. Check says what is wrong with it by itself.
type thing interface {
	top() *head
	check()
}

// head is what every manifest begins with.
type head struct {
	APIVersion string   `f:"apiVersion,required"`
	Kind       string   `f:"kind,required"`
	Metadata   metadata `f:"metadata,required"`

	*document
}

type metadata struct {
	Name        string            `f:"name,required"`
	Namespace   string            `f:"namespace"`
	Labels      map[string]string `f:"labels"`
	Annotations map[string]string `f:"annotations"`
}

func (h *head) top() *head { return h }

// The kinds that are looked into, by apiVersion and kind.
var kinds = map[string]func() thing{
	"v1 ConfigMap": func() thing { return new(configMap) },
	"eventing.knative.dev/v1alpha1 RabbitmqBrokerConfig": func() thing { return new(rabbitConfig) },
	"eventing.knative.dev/v1 Broker":                     func() thing { return new(brokerManifest) },
	"eventing.knative.dev/v1 Trigger":                    func() thing { return new(triggerManifest) },
	"eventing.knative.dev/v1alpha1 KafkaSink":            func() thing { return new(kafkaSink) },
	"serving.knative.dev/v1 Service":                     func() thing { return new(serviceManifest) },
	"apps/v1 Deployment":                                 func() thing { return new(deployment) },
	"sources.knative.dev/v1 SinkBinding":                 func() thing { return new(sinkBinding) },
	"sources.knative.dev/v1 PingSource":                  func() thing { return new(pingManifest) },
}

// apiVersions is where each kind that something may refer to is.
var apiVersions = map[string]string{
	"Service": "serving.knative.dev/v1", "Broker": "eventing.knative.dev/v1", "KafkaSink": "eventing.knative.dev/v1alpha1",
	"Deployment": "apps/v1",
}

var (
	subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`)
	attribute = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
)

// annotated checks the annotations of Knative's own domains, where a typing
// error would be silently nothing. known says of each whether it is acted on.
func (d *document) annotated(path string, have map[string]string, known map[string]bool) {
	for key := range have {
		domain, _, _ := strings.Cut(key, "/")
		acted, ok := known[key]
		switch {
		case !strings.HasSuffix(domain, "knative.dev"):
		case !ok:
			d.complain(join(path, key), "no such annotation here; is it written right, and where it belongs?")
		case !acted:
			d.idle(join(path, key))
		}
	}
}

func (h *head) checkHead(annotations map[string]bool) {
	if name := h.Metadata.Name; name != "" && (!subdomain.MatchString(name) || len(name) > 63) {
		h.complain("metadata.name", "write small letters, digits and dashes, 63 at most")
	}
	h.annotated("metadata.annotations", h.Metadata.Annotations, annotations)
}

// configMap is looked into as far as a Broker needs it.
type configMap struct {
	head
	Data      map[string]string `f:"data"`
	Immutable bool              `f:"immutable,unused"`
}

func (c *configMap) check() { c.checkHead(nil) }

type rabbitConfig struct {
	head
	Spec struct {
		Cluster *struct {
			Name      string `f:"name"`
			Namespace string `f:"namespace"`
			Secret    *struct {
				Name string `f:"name,required"`
			} `f:"connectionSecret"`
		} `f:"rabbitmqClusterReference,required"`
		QueueType string `f:"queueType"`
		Vhost     string `f:"vhost"`
	} `f:"spec,required"`
}

func (c *rabbitConfig) check() {
	c.checkHead(nil)
	c.oneOf("spec.queueType", c.Spec.QueueType, "quorum", "classic")
	if to := c.Spec.Cluster; to != nil && (to.Name == "") == (to.Secret == nil) {
		c.complain("spec.rabbitmqClusterReference", "write either name or connectionSecret")
	}
}

// oneOf complains of a value that is set and none of those.
func (d *document) oneOf(path, value string, of ...string) {
	for _, v := range of {
		if value == v || value == "" {
			return
		}
	}
	d.complain(path, "write one of %s", strings.Join(of, ", "))
}

// within complains of a number that is set and not from least to most.
func (d *document) within(path string, value *int, least, most int) {
	if value != nil && (*value < least || *value > most) {
		d.complain(path, "is %d; write a whole number from %d to %d", *value, least, most)
	}
}
