package knative

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Variable is one of a Service's environment.
type Variable struct {
	Name, Value string
	Secret      bool // its value is in a Secret, and who runs the Service has it as the setting of that name; without one, all that a Secret holds
}

// Environment is what a cluster gives the Service's container, as "NAME=value":
// what the manifest says, what Knative adds, and nothing of this process's own.
// A Secret is not in manifests: settings stand for what it holds, by the names
// that variables have. A variable that they lack is left out.
func (s Service) Environment(settings map[string]string) []string {
	all := map[string]string{}
	for _, v := range s.Env {
		value, ok := v.Value, true
		switch {
		case v.Secret && v.Name == "":
			maps.Copy(all, settings)
			continue
		case v.Secret:
			value, ok = settings[v.Name]
		}
		if ok {
			all[v.Name] = value
		}
	}
	maps.Copy(all, map[string]string{
		"K_SERVICE": s.Name, "K_CONFIGURATION": s.Name, "K_REVISION": s.Name + "-00001", "PORT": strconv.Itoa(cmp.Or(s.port, 8080)),
	})
	var env []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		env = append(env, name+"="+all[name])
	}
	return env
}

// Address is where the Service is in a cluster.
func (m *Manifests) Address(service string) string {
	return "http://" + service + "." + m.Namespace + ".svc.cluster.local"
}

// environment reads a Service's, the ConfigMaps that it names included.
func (l *linker) environment(s *serviceManifest, into *Service) {
	at := "spec.template.spec.containers[0]"
	if !s.has(at) {
		return
	}
	c := s.Spec.Template.Spec.Containers[0]
	for i, from := range c.EnvFrom {
		switch here := indexed(at+".envFrom", i); {
		case from.SecretRef != nil && from.Prefix != "":
			s.complain(here+".prefix", "the runner has a Secret's variables by their names alone; leave it out")
		case from.SecretRef != nil:
			into.Env = append(into.Env, Variable{Secret: true})
		case from.ConfigMapRef != nil:
			data := l.data(s, here+".configMapRef", from.ConfigMapRef.Name, from.ConfigMapRef.Optional)
			for _, key := range slices.Sorted(maps.Keys(data)) {
				into.Env = append(into.Env, Variable{Name: from.Prefix + key, Value: data[key]})
			}
		}
	}
	for i, e := range c.Env {
		here := indexed(at+".env", i)
		switch {
		case e.Value != nil && (strings.Contains(*e.Value, "$(") || strings.Contains(*e.Value, "$$")):
			s.complain(here+".value", "the runner expands nothing; write it out, with no $( and no $$ in it")
		case e.ValueFrom == nil:
			into.Env = append(into.Env, Variable{Name: e.Name, Value: value(e.Value, "")})
		case e.ValueFrom.Secret != nil:
			into.Env = append(into.Env, Variable{Name: e.Name, Secret: true})
		case e.ValueFrom.ConfigMap != nil:
			l.key(s, here+".valueFrom.configMapKeyRef", e, into)
		}
	}
	if len(c.Ports) > 0 {
		into.port = value(c.Ports[0].ContainerPort, 0)
	}
}

// key reads a variable that is one of a ConfigMap's.
func (l *linker) key(s *serviceManifest, at string, e env, into *Service) {
	from := e.ValueFrom.ConfigMap
	data := l.data(s, at, from.Name, from.Optional)
	text, ok := data[from.Key]
	if data != nil && !ok && !from.Optional {
		s.complain(at+".key", "ConfigMap %s has no %q; write it, or mend the key", from.Name, from.Key)
	}
	if ok {
		into.Env = append(into.Env, Variable{Name: e.Name, Value: text})
	}
}

// data is a ConfigMap's, nil where there is none.
func (l *linker) data(s *serviceManifest, at, name string, optional bool) map[string]string {
	if found, ok := l.named["ConfigMap "+name].(*configMap); ok {
		return found.Data
	}
	if !optional && name != "" && !l.unread["ConfigMap "+name] {
		s.complain(at+".name", "there is no ConfigMap %q; write its manifest, mend the name, or make it optional", name)
	}
	return nil
}
