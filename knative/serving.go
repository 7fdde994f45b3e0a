package knative

import "tourbillon/knative/scale"

const visibilityLabel = "networking.knative.dev/visibility"

type serviceManifest struct {
	head
	Spec struct {
		Template struct {
			Metadata struct {
				Name        string            `f:"name,unused"`
				Labels      map[string]string `f:"labels"`
				Annotations map[string]string `f:"annotations"`
			} `f:"metadata"`
			Spec revision `f:"spec,required"`
		} `f:"template,required"`
		Traffic free `f:"traffic,unused"`
	} `f:"spec,required"`

	scale scale.Settings
}

type revision struct {
	ContainerConcurrency *int        `f:"containerConcurrency"`
	TimeoutSeconds       *int        `f:"timeoutSeconds"`
	ResponseStart        *int        `f:"responseStartTimeoutSeconds,unused"`
	Idle                 *int        `f:"idleTimeoutSeconds,unused"`
	ServiceAccountName   string      `f:"serviceAccountName,unused"`
	AutomountToken       bool        `f:"automountServiceAccountToken,unused"`
	ServiceLinks         bool        `f:"enableServiceLinks,unused"`
	ImagePullSecrets     free        `f:"imagePullSecrets,unused"`
	SecurityContext      free        `f:"securityContext,unused"`
	Containers           []container `f:"containers,required"`
	Volumes              refused     `f:"volumes" no:"the runner mounts nothing; give settings by env"`
	InitContainers       refused     `f:"initContainers" no:"Knative does not take them by default; leave them out"`
}

type container struct {
	Name            string   `f:"name,unused"`
	Image           string   `f:"image,required"`
	ImagePullPolicy string   `f:"imagePullPolicy,unused"`
	Command         []string `f:"command,unused"`
	Args            []string `f:"args,unused"`
	WorkingDir      string   `f:"workingDir,unused"`
	Env             []env    `f:"env"`
	EnvFrom         []struct {
		Prefix       string   `f:"prefix"`
		SecretRef    *keyless `f:"secretRef"`
		ConfigMapRef *keyless `f:"configMapRef"`
	} `f:"envFrom"`
	Ports []struct {
		Name          string `f:"name"`
		ContainerPort *int   `f:"containerPort,required"`
		Protocol      string `f:"protocol"`
	} `f:"ports,unused"`
	Readiness *probe `f:"readinessProbe,unused"`
	Liveness  *probe `f:"livenessProbe,unused"`
	Startup   *probe `f:"startupProbe,unused"`
	Resources struct {
		Requests map[string]scalar `f:"requests"`
		Limits   map[string]scalar `f:"limits"`
	} `f:"resources,unused"`
	SecurityContext free    `f:"securityContext,unused"`
	VolumeMounts    refused `f:"volumeMounts" no:"the runner mounts nothing; give settings by env"`
}

type env struct {
	Name      string  `f:"name,required"`
	Value     *string `f:"value"`
	ValueFrom *struct {
		Secret    *keyed `f:"secretKeyRef"`
		ConfigMap *keyed `f:"configMapKeyRef"`
	} `f:"valueFrom"`
}

type keyless struct {
	Name     string `f:"name,required"`
	Optional bool   `f:"optional"`
}

type keyed struct {
	Name     string `f:"name,required"`
	Key      string `f:"key,required"`
	Optional bool   `f:"optional"`
}

type probe struct {
	HTTPGet *struct {
		Path   string `f:"path"`
		Port   scalar `f:"port"`
		Scheme string `f:"scheme"`
		Host   string `f:"host"`
		Header free   `f:"httpHeaders"`
	} `f:"httpGet"`
	TCPSocket        free `f:"tcpSocket"`
	GRPC             free `f:"grpc"`
	Exec             free `f:"exec"`
	InitialDelay     *int `f:"initialDelaySeconds"`
	Period           *int `f:"periodSeconds"`
	Timeout          *int `f:"timeoutSeconds"`
	SuccessThreshold *int `f:"successThreshold"`
	FailureThreshold *int `f:"failureThreshold"`
}

func (s *serviceManifest) check() {
	s.checkHead(nil)
	template, at := s.Spec.Template, "spec.template.spec"
	s.annotated("spec.template.metadata.annotations", template.Metadata.Annotations, revisionAnnotations)
	if s.has("metadata.labels." + visibilityLabel) {
		s.idle("metadata.labels." + visibilityLabel)
		if s.Metadata.Labels[visibilityLabel] != "cluster-local" {
			s.complain("metadata.labels."+visibilityLabel, "write cluster-local, or leave it out for a public Service")
		}
	}
	s.within(at+".containerConcurrency", template.Spec.ContainerConcurrency, 0, 1000)
	s.within(at+".timeoutSeconds", template.Spec.TimeoutSeconds, 1, 600)
	s.within(at+".responseStartTimeoutSeconds", template.Spec.ResponseStart, 0, 600)
	s.within(at+".idleTimeoutSeconds", template.Spec.Idle, 0, 600)
	s.scale = s.scaling()
	if !s.has(at + ".containers") {
		return
	}
	if n := len(template.Spec.Containers); n != 1 {
		s.complain(at+".containers", "has %d containers; the runner is one function, write one", n)
		return
	}
	s.checkContainer(template.Spec.Containers[0], at+".containers[0]")
}

func (s *serviceManifest) checkContainer(c container, at string) {
	if len(c.Ports) > 1 {
		s.complain(at+".ports", "has %d ports; a Service has one", len(c.Ports))
	}
	for _, p := range c.Ports {
		s.oneOf(at+".ports[0].name", p.Name, "http1", "h2c")
		s.within(at+".ports[0].containerPort", p.ContainerPort, 1, 65535)
	}
	seen := map[string]bool{}
	for i, e := range c.Env {
		here := indexed(at+".env", i)
		if seen[e.Name] {
			s.complain(here+".name", "%s is there twice; leave one out", e.Name)
		}
		seen[e.Name] = true
		if e.Value != nil && e.ValueFrom != nil {
			s.complain(here, "write either value or valueFrom")
		}
	}
}

// targetVariable says which function a Service is.
const targetVariable = "FUNCTION_TARGET"

// function is the name of the function that the Service is, or "".
func (s *serviceManifest) function() string {
	for _, c := range s.Spec.Template.Spec.Containers {
		for _, e := range c.Env {
			if e.Name == targetVariable && e.Value != nil {
				return *e.Value
			}
		}
	}
	return ""
}
