package knative

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// matcher is a filter beyond what a transport can go by; nil matches all.
type matcher func(event.Event) bool

// dialect is one element of a Trigger's filters, or what is in one.
type dialect struct {
	Exact  map[string]string `f:"exact"`
	Prefix map[string]string `f:"prefix"`
	Suffix map[string]string `f:"suffix"`
	Any    []dialect         `f:"any"`
	All    []dialect         `f:"all"`
	Not    *dialect          `f:"not"`
	CESQL  refused           `f:"cesql" no:"the brokers' engines differ in it; write exact, prefix, suffix, any, all and not"`
}

func (x *dialect) check(d *document, path string) {
	if !d.has(path) {
		return
	}
	set := 0
	for _, name := range []string{"exact", "prefix", "suffix", "any", "all", "not", "cesql"} {
		if d.has(path + "." + name) {
			set++
		}
	}
	if set != 1 {
		d.complain(path, "write one of exact, prefix, suffix, any, all and not")
	}
	for name, values := range map[string]map[string]string{"exact": x.Exact, "prefix": x.Prefix, "suffix": x.Suffix} {
		at := path + "." + name
		if d.has(at) && len(values) == 0 {
			d.complain(at, "is empty; name an attribute")
		}
		for key, value := range values {
			d.attribute(join(at, key), key)
			if value == "" {
				d.complain(join(at, key), "is empty, and a cluster skips it: everything would pass; leave it out")
			}
		}
	}
	for name, list := range map[string][]dialect{"any": x.Any, "all": x.All} {
		at := path + "." + name
		if d.has(at) && len(list) == 0 {
			d.complain(at, "is empty; write at least one filter")
		}
		for i, one := range list {
			one.check(d, indexed(at, i))
		}
	}
	if x.Not != nil {
		x.Not.check(d, path+".not")
	}
}

// attribute complains of a name that no attribute of a CloudEvent has.
func (d *document) attribute(path, name string) {
	if !attribute.MatchString(name) {
		d.complain(path, "name attributes with small letters and digits, a letter first")
	}
}

// matches makes the filter a function.
func (x *dialect) matches() matcher {
	switch {
	case x.Not != nil:
		no := x.Not.matches()
		return func(ce event.Event) bool { return !no(ce) }
	case len(x.Any) > 0:
		list := matchers(x.Any)
		return func(ce event.Event) bool { return slices.ContainsFunc(list, func(m matcher) bool { return m(ce) }) }
	case len(x.All) > 0:
		return every(matchers(x.All))
	case len(x.Prefix) > 0:
		return compares(x.Prefix, strings.HasPrefix)
	case len(x.Suffix) > 0:
		return compares(x.Suffix, strings.HasSuffix)
	}
	return compares(x.Exact, func(got, want string) bool { return got == want })
}

func matchers(list []dialect) []matcher {
	all := make([]matcher, len(list))
	for i := range list {
		all[i] = list[i].matches()
	}
	return all
}

func every(list []matcher) matcher {
	if len(list) == 0 {
		return nil
	}
	return func(ce event.Event) bool {
		return !slices.ContainsFunc(list, func(m matcher) bool { return !m(ce) })
	}
}

func compares(want map[string]string, same func(got, want string) bool) matcher {
	return func(ce event.Event) bool {
		for key, value := range want {
			if got, ok := valueOf(ce, key); !ok || !same(got, value) {
				return false
			}
		}
		return true
	}
}

// contextual are attributes that [events.Attribute] does not tell.
var contextual = []string{"specversion", "time", "datacontenttype", "dataschema"}

// valueOf is an attribute of whatever kind, as text.
func valueOf(ce event.Event, key string) (string, bool) {
	switch key {
	case "specversion":
		return ce.SpecVersion(), true
	case "time":
		return ce.Time().UTC().Format(time.RFC3339Nano), !ce.Time().IsZero()
	case "datacontenttype":
		return ce.DataContentType(), ce.DataContentType() != ""
	case "dataschema":
		return ce.DataSchema(), ce.DataSchema() != ""
	}
	return events.Attribute(ce, key)
}

// narrow splits a conjunction into the part that a transport can go by, as
// much of it as there is, and the rest.
func narrow(list []dialect) (plain events.Filter, rest []matcher) {
	plain = events.Filter{}
	for i := range list {
		x := &list[i]
		if len(x.All) > 0 {
			more, others := narrow(x.All)
			rest = append(rest, others...)
			x = &dialect{Exact: more}
		}
		if x.Exact == nil {
			rest = append(rest, x.matches())
			continue
		}
		for key, value := range x.Exact {
			if had, ok := plain[key]; slices.Contains(contextual, key) || ok && had != value {
				rest = append(rest, compares(map[string]string{key: value}, func(a, b string) bool { return a == b }))
				continue
			}
			plain[key] = value
		}
	}
	return plain, rest
}

// literal reads filter.attributes of a broker that compares them as they are.
func (t *triggerManifest) literal() (events.Filter, matcher) {
	at := "spec.filter.attributes"
	if t.has("spec.filters") {
		t.complain("spec.filters", "a RabbitMQBroker ignores it and delivers every event; write filter.attributes")
	}
	for key, value := range t.attributes() {
		t.attribute(join(at, key), key)
		switch {
		case value == "":
			t.complain(join(at, key), "a RabbitMQBroker takes it for the empty string, and nothing would match; name a value")
		case key == "datacontenttype" || key == "traceparent" || key == "tracestate":
			t.complain(join(at, key), "a RabbitMQBroker does not keep this attribute, and nothing would match; leave it out")
		}
	}
	plain, rest := narrow([]dialect{{Exact: t.attributes()}})
	return plain, every(rest)
}

func (t *triggerManifest) attributes() map[string]string {
	if t.Spec.Filter == nil || t.Spec.Filter.Attributes == nil {
		return map[string]string{}
	}
	return t.Spec.Filter.Attributes
}

// filter is what the Trigger wants, as far as a transport can go by it, and
// the rest.
func (t *triggerManifest) filter(c *class) (events.Filter, matcher) {
	if c.literal {
		return t.literal()
	}
	if len(t.Spec.Filters) > 0 {
		if t.has("spec.filter") {
			t.idle("spec.filter") // filters replace it
		}
		plain, rest := narrow(t.Spec.Filters)
		return plain, every(rest)
	}
	exact := maps.Clone(t.attributes())
	var present []string
	for key, value := range exact {
		t.attribute(join("spec.filter.attributes", key), key)
		if value == "" {
			present = append(present, key)
			delete(exact, key)
		}
	}
	plain, rest := narrow([]dialect{{Exact: exact}})
	for _, key := range present {
		rest = append(rest, func(ce event.Event) bool { got, _ := valueOf(ce, key); return got != "" })
	}
	return plain, every(rest)
}
