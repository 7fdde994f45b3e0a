package lint

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tourbillon/knative"
)

// shape is what may be in a place of a manifest. The zero shape holds anything.
type shape struct {
	is       string            // what to write, "" for anything
	tags     []string          // of YAML, where it is a string, a number or a truth
	values   []string          // the only ones, where there are any
	least    bool              // a number is not below 0
	must     bool              // it cannot be left out
	fields   map[string]*shape // of a mapping
	either   []string          // one of those fields cannot be left out
	loose    bool              // there are other fields: a typing error alone is told
	each     *shape            // what each item of a list is, or each value of a mapping of free names
	list     bool              // each is of a list
	nonempty bool              // a list has an item
	names    []string          // that items of a list bear between them
}

// place is a field that is not as its shape has it.
type place struct {
	rule, what, instead string
	field
}

// holder holds manifests against shapes.
type holder struct {
	places []place
	left   *budget
}

func (h *holder) say(rule string, f field, instead, what string) {
	h.places = append(h.places, place{rule, what, instead, f})
}

// hold looks at a field, and at those below.
func (h *holder) hold(s *shape, f field, path string) {
	n := plain(f.node)
	if n == nil || s.is == "" || h.left.spent() || len(path) > longest {
		return
	}
	called := path
	if called == "" {
		called = "the manifest"
	}
	if !s.takes(n) {
		h.say("wrong-type", f, "write "+s.is, called+" has the wrong type")
		return
	}
	switch {
	case s.fields != nil:
		h.mapping(s, f, path)
	case s.list:
		if s.nonempty && len(n.Content) == 0 {
			h.say("missing-field", f, "write at least one", path+" is empty")
		}
		for i, item := range f.items() {
			h.hold(s.each, item, path+"["+strconv.Itoa(i)+"]")
		}
		h.named(s, f, path)
	case s.each != nil:
		for _, a := range f.pairs() {
			if !strings.HasPrefix(a.key, autoscaler) { // another rule's
				h.hold(s.each, a.field, join(path, a.key))
			}
		}
	case s.values != nil && n.Value != "" && !slices.Contains(s.values, n.Value):
		h.say("wrong-value", f, "write one of "+strings.Join(s.values, ", "), path+" has a value that there is not")
	case s.least && strings.HasPrefix(n.Value, "-"):
		h.say("wrong-value", f, "write a whole number, not below 0", path+" is below 0")
	case s.least && !inRange(n.Value):
		h.say("wrong-value", f, "write a whole number of 32 bits, in decimal", path+" is out of range")
	case s.must && n.Kind == yaml.ScalarNode && n.Value == "":
		h.say("missing-field", f, "write "+s.is, path+" is empty")
	}
}

func (h *holder) named(s *shape, f field, path string) {
	for _, name := range s.names {
		if !slices.ContainsFunc(f.items(), func(item field) bool { return item.at("name").text() == name }) {
			h.say("missing-field", f, "write an item with name: "+name, path+" has no "+name)
		}
	}
}

func (h *holder) mapping(s *shape, f field, path string) {
	for _, a := range f.pairs() {
		below, known := s.fields[a.key]
		at := join(path, a.key)
		if known {
			h.hold(below, a.field, at)
		} else if !h.left.spent() {
			h.unknown(s, a, at)
		}
	}
	for _, key := range sortedKeys(s.fields) {
		if below := s.fields[key]; below.must && !f.at(key).is() {
			h.say("missing-field", f, "write "+key+", which is "+below.is, join(path, key)+" is missing")
		}
	}
	if len(s.either) > 0 && !slices.ContainsFunc(s.either, func(key string) bool { return filled(f.at(key)) }) {
		h.say("missing-field", f, "write "+s.either[0], join(path, strings.Join(s.either, " or "))+" is missing")
	}
}

// inRange reports whether a number has 32 bits, as all that are counted with.
func inRange(text string) bool {
	n, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	return err != nil || n <= math.MaxInt32 // what is not decimal is not looked at
}

// filled reports whether something is there, "" not counted.
func filled(f field) bool {
	n := plain(f.node)
	return n != nil && (n.Kind != yaml.ScalarNode || n.Value != "")
}

func (h *holder) unknown(s *shape, a pair, at string) {
	meant := nearest(a.key, sortedKeys(s.fields))
	switch {
	case meant != "":
		h.say("unknown-field", a.field, "did you mean "+meant+"?", "there is no field "+at)
	case s.loose:
	case isSpelled(a.key):
		h.say("unknown-field", a.field, "write the annotation "+autoscaler+spelled(a.key)+" in spec.template.metadata.annotations", "there is no field "+at)
	default:
		h.say("unknown-field", a.field, "leave it out, or write one of "+strings.Join(sortedKeys(s.fields), ", "), "there is no field "+at)
	}
}

// takes reports whether what is there is of the kind that the shape wants.
func (s *shape) takes(n *yaml.Node) bool {
	switch {
	case s.list:
		return n.Kind == yaml.SequenceNode
	case s.fields != nil || s.each != nil || s.tags == nil:
		return n.Kind == yaml.MappingNode
	}
	if n.Kind != yaml.ScalarNode {
		return false
	}
	if n.ShortTag() == "!!float" && slices.Contains(s.tags, "!!int") { // 3.0 is a whole number to JSON
		value, err := strconv.ParseFloat(n.Value, 64)
		return err == nil && value == float64(int64(value))
	}
	if knative.OldTruth(n) {
		return slices.Contains(s.tags, "!!bool")
	}
	return slices.Contains(s.tags, n.ShortTag())
}

func join(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }
