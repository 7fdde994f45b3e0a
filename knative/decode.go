package knative

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Fields of the structs that manifests are read into have a tag f, the name in
// the manifest and one word at most:
//
//	f:"broker,required"   refused where it is missing
//	f:"template,unused"   read and not acted on
//	f:"*"                 all others: not acted on, and not looked into
//
// A field of type refused is known, and refused for the reason in its tag no.
// Every other field is a typing error, or one that a cluster does not know.
type refused struct{}

// free is a field that is read and not looked into.
type free struct{}

// scalar is a string or a number, as Kubernetes takes for quantities and ports.
type scalar string

// decode reads n into v. What is wrong it says, and goes on.
func (d *document) decode(n *yaml.Node, v reflect.Value, path string) {
	switch into := v.Addr().Interface().(type) {
	case *free:
		return
	case *scalar:
		if d.want(n, path, "a string or a number", "!!str", "!!int", "!!float") {
			*into = scalar(n.Value)
		}
		return
	case *time.Duration:
		d.duration(n, into, path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(n, v.Elem(), path)
	case reflect.Struct:
		d.object(n, v, path)
	case reflect.Map:
		d.strings(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.String:
		if d.want(n, path, "a string (in quotes, if it looks like a number or a truth)", "!!str") {
			v.SetString(n.Value)
		}
	case reflect.Int:
		d.number(n, v, path)
	case reflect.Bool:
		if d.want(n, path, "true or false", "!!bool") {
			v.SetBool(strings.EqualFold(n.Value, "true"))
		}
	default:
		panic(fmt.Sprintf("%s: a manifest has no %v", path, v.Type()))
	}
}

var oldTruth = regexp.MustCompile(`^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$`)

// OldTruth reports whether a node is what Kubernetes, which reads YAML 1.1, takes
// for a truth, and not for a string, as it is not in quotes. Of y and n, which it
// takes for truths too, nothing is said.
func OldTruth(n *yaml.Node) bool { return n.Style == 0 && oldTruth.MatchString(n.Value) }

// want reports whether the node is of one of the YAML types.
func (d *document) want(n *yaml.Node, path, what string, tags ...string) bool {
	if n.Kind == yaml.AliasNode {
		d.complain(path, "is an alias; write it out")
		return false
	}
	if slices.Contains(tags, n.ShortTag()) && !OldTruth(n) {
		return true
	}
	d.complain(path, "has the wrong type; write %s", what)
	return false
}

func (d *document) number(n *yaml.Node, v reflect.Value, path string) {
	if !d.want(n, path, "a whole number", "!!int") {
		return
	}
	i, err := strconv.ParseInt(n.Value, 10, 32)
	if as, _ := strconv.ParseInt(n.Value, 0, 32); err != nil || as != i { // 010 is 8 to a cluster
		d.complain(path, "is out of range; write a whole number in decimal, of 32 bits")
		return
	}
	v.SetInt(i)
}

func (d *document) duration(n *yaml.Node, into *time.Duration, path string) {
	if !d.want(n, path, "a duration as PT0.2S", "!!str") {
		return
	}
	var ok bool
	if *into, ok = parseDuration(n.Value); !ok {
		d.complain(path, "is no ISO 8601 duration of days, hours, minutes and seconds; write PT0.2S or PT1M30S")
	}
}

// list reads a sequence; where it is none, it is empty.
func (d *document) list(n *yaml.Node, v reflect.Value, path string) {
	if !d.want(n, path, "a list", "!!seq") {
		return
	}
	for i, item := range n.Content {
		one := reflect.New(v.Type().Elem()).Elem()
		at := indexed(path, i)
		d.lines[at] = item.Line
		d.decode(item, one, at)
		v.Set(reflect.Append(v, one))
	}
}

// strings reads a mapping whose values are strings. None is left out for being
// null: a filter would let through what it was to keep out.
func (d *document) strings(n *yaml.Node, v reflect.Value, path string) {
	v.Set(reflect.MakeMap(v.Type()))
	d.each(n, path, func(key, value *yaml.Node, at string) {
		one := reflect.New(v.Type().Elem()).Elem()
		d.decode(value, one, at)
		v.SetMapIndex(reflect.ValueOf(key.Value), one)
	})
	for i := 1; i < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if n.Content[i].ShortTag() == "!!null" {
			d.complain(join(path, n.Content[i-1].Value), "has no value; write one, in quotes where it is empty, or leave it out")
		}
	}
}

// object reads a mapping into a struct.
func (d *document) object(n *yaml.Node, v reflect.Value, path string) {
	fields := fieldsOf(v)
	seen := map[string]bool{}
	whole := d.each(n, path, func(key, value *yaml.Node, at string) {
		named := func(name string) int { return slices.IndexFunc(fields, func(f field) bool { return f.name == name }) }
		i := named(key.Value)
		if i < 0 && named("*") >= 0 {
			d.idle(at)
			return
		}
		if i < 0 {
			d.complain(at, "no such field here; there are %s", names(fields))
			return
		}
		f := fields[i]
		seen[f.name] = true
		if f.why != "" {
			d.complain(at, "%s", f.why)
			return
		}
		if f.unused {
			d.idle(at)
		}
		d.decode(value, f.value, at)
	})
	for _, f := range fields {
		if whole && f.required && !seen[f.name] {
			d.complain(join(path, f.name), "is missing")
		}
	}
}

// each goes through a mapping; what is null counts as left out. It reports
// whether it was a mapping.
func (d *document) each(n *yaml.Node, path string, do func(key, value *yaml.Node, at string)) bool {
	if !d.want(n, path, "a mapping of fields", "!!map") {
		return false
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.complain(path, "has a key that is no string")
			continue
		}
		at := join(path, key.Value)
		if seen[key.Value] {
			d.complain(at, "is there twice; leave one out")
			continue
		}
		seen[key.Value] = true
		if value.ShortTag() == "!!null" {
			continue
		}
		d.lines[at] = key.Line
		do(key, value, at)
	}
	return true
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }
