package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"tourbillon/knative"
)

// longestWait is how long a customer may wait for a booking (?wait=).
const longestWait = time.Minute

// coldStart is what a delivery leaves for a pod to be there at all.
const coldStart = 10 * time.Second

// scaled is a Service, as far as it has to agree with anything.
type scaled struct {
	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		Template struct {
			Metadata struct{ Annotations map[string]string }
			Spec     struct {
				ContainerConcurrency int `yaml:"containerConcurrency"`
				TimeoutSeconds       int `yaml:"timeoutSeconds"`
			}
		}
	}
}

func (s scaled) annotation(t *testing.T, name string) string {
	t.Helper()
	is := s.Spec.Template.Metadata.Annotations["autoscaling.knative.dev/"+name]
	if is == "" {
		t.Errorf("%s does not say %s", s.Metadata.Name, name)
	}
	return is
}

func (s scaled) number(t *testing.T, name string) int {
	t.Helper()
	n, err := strconv.Atoi(s.annotation(t, name))
	if err != nil {
		t.Errorf("%s: %s: %v", s.Metadata.Name, name, err)
	}
	return n
}

func scaledServices(t *testing.T) (all []scaled) {
	t.Helper()
	text, err := fs.ReadFile(knative.Base(), "services.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for docs := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var s scaled
		if err := docs.Decode(&s); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
}

func TestManifests_Times(t *testing.T) {
	if knative.Policy.Timeout < coldStart+deadline {
		t.Errorf("a delivery of %v leaves no %v for a cold start before %v of work", knative.Policy.Timeout, coldStart, deadline)
	}
	for _, s := range scaledServices(t) {
		is := time.Duration(s.Spec.Template.Spec.TimeoutSeconds) * time.Second
		switch {
		case is <= knative.Policy.Timeout:
			t.Errorf("%s: an exchange is cut after %v, before a delivery is, after %v", s.Metadata.Name, is, knative.Policy.Timeout)
		case is <= coldStart+lease:
			t.Errorf("%s: an exchange is cut after %v, before a lease of %v ends after a cold start", s.Metadata.Name, is, lease)
		case is >= hold:
			t.Errorf("%s: an exchange may take %v, longer than a booking is held", s.Metadata.Name, is)
		case s.Metadata.Name == "request" && is < longestWait+coldStart:
			t.Errorf("%s: a customer may wait for %v, and is cut off after %v", s.Metadata.Name, longestWait, is)
		}
	}
}

func TestManifests_Scale(t *testing.T) {
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	brought := map[string]int{}
	for _, trigger := range m.Triggers {
		brought[trigger.Subscriber.Name] += trigger.Parallelism
	}
	stay := map[string]int{"saga": 1, "clock": 1}
	for _, s := range scaledServices(t) {
		name, at := s.Metadata.Name, s.Spec.Template.Spec.ContainerConcurrency
		if can := s.number(t, "max-scale") * at; at == 0 || can < brought[name] {
			t.Errorf("%s: its Triggers bring %d at once, and all its pods take %d", name, brought[name], can)
		}
		if target := s.number(t, "target"); target < 1 || target > at {
			t.Errorf("%s: a pod takes %d at once, and is to have %d", name, at, target)
		}
		if least := s.number(t, "min-scale"); least != stay[name] {
			t.Errorf("%s: %d never go away, want %d", name, least, stay[name])
		}
		for _, span := range []string{"window", "scale-to-zero-pod-retention-period"} {
			if _, err := time.ParseDuration(s.annotation(t, span)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if there := len(scaledServices(t)); len(m.Services) != there {
		t.Errorf("%d of %d Services are in services.yaml", there, len(m.Services))
	}
}
