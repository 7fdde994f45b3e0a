package lint

import (
	"regexp"
	"slices"
	"strings"
)

var filterRules = []Rule{
	{
		Name: "rabbitmq-filters-ignored", Severity: Error,
		About:  "a Trigger of a RabbitMQBroker with filters",
		Why:    "A RabbitMQBroker does not know filters. Without filter as well, the subscriber gets every event of the Broker.",
		Source: "knative-extensions/eventing-rabbitmq#624, #1434",
		check:  rabbitFilters,
	},
	{
		Name: "rabbitmq-empty-attribute", Severity: Error,
		About:  `a Trigger of a RabbitMQBroker with "" in filter.attributes`,
		Why:    `A RabbitMQBroker takes "" for the empty string and not for any value: nothing matches.`,
		Source: "eventing-rabbitmq pkg/rabbit/binding.go",
		check:  rabbitEmpty,
	},
	{
		Name: "rabbitmq-attribute-never-matches", Severity: Error,
		About:  "a Trigger of a RabbitMQBroker that filters by what that broker does not keep as a string",
		Why:    "The broker compares the headers of its messages. It takes the trace off, sets no knativeerrordata, and has knativeerrorcode as a number: nothing matches.",
		Source: "eventing-rabbitmq pkg/rabbit/message.go, pkg/dispatcher/dispatcher.go",
		check:  rabbitNever,
	},
	{
		Name: "rabbitmq-typed-attribute", Severity: Warning,
		About:  "a Trigger of a RabbitMQBroker that filters by a number or a truth",
		Why:    "A RabbitMQBroker compares types as well: an extension that came as a number or a truth in a structured event never equals a string.",
		Source: "rabbitmq-server rabbit_exchange_type_headers.erl",
		check:  rabbitTyped,
	},
	{
		Name: "filter-value-not-a-string", Severity: Error,
		About: "a filter with a value that is a number or a truth to YAML",
		Why:   "Attributes of a filter are strings; a cluster refuses anything else.",
		check: filterText,
	},
	{
		Name: "filter-empty-value", Severity: Error,
		About:  `"" in exact, prefix or suffix of a Trigger's filters`,
		Why:    "A filter that cannot be made is skipped, and the webhook does not say so: where it is the only one, every event passes.",
		Source: "knative/eventing pkg/eventfilter/subscriptionsapi",
		check:  emptyFilters,
	},
	{
		Name: "filter-dialects", Severity: Error,
		About:  "an element of filters with no dialect, or with more than one",
		Why:    "The webhook refuses more than one. An element without any is taken, and lets every event pass.",
		Source: "knative/eventing pkg/apis/eventing/v1/trigger_validation.go",
		check:  dialects,
	},
	{
		Name: "filter-attribute-name", Severity: Error,
		About:  "a filter by a name that no attribute of a CloudEvent has",
		Why:    "Attributes have small letters and digits. The webhook refuses the Trigger.",
		Source: "knative/eventing pkg/apis/eventing/v1/trigger_validation.go",
		check:  filterNames,
	},
	{
		Name: "filter-ignored", Severity: Warning,
		About:  "a Trigger with filter beside filters",
		Why:    "Where there are filters, filter is not looked at.",
		Source: "knative/eventing pkg/apis/eventing/v1/trigger_types.go",
		check:  filterIgnored,
	},
	{
		Name: "cesql-not-boolean", Severity: Error,
		About:  "a filter in CESQL that is neither true nor false, or no expression",
		Why:    "The filter must evaluate to a truth: what does not makes the Go engine panic and the Java engine pass nothing.",
		Source: "knative/eventing pkg/eventfilter/subscriptionsapi/cesql_filter.go",
		check:  cesqlFilters,
	},
}

func rabbitFilters(p *pass) {
	p.triggers(func(t, b *object) {
		if f := t.at("spec", "filters"); isRabbit(b) && len(f.items()) > 0 {
			p.report(t, f, "write filter.attributes; what equality cannot say is for the subscriber to pass over",
				"filters are ignored by Broker %s, a RabbitMQBroker", b.name)
		}
	})
}

// rabbitAttributes calls do with each attribute that a RabbitMQBroker filters by.
func (p *pass) rabbitAttributes(do func(t *object, a pair)) {
	p.triggers(func(t, b *object) {
		if !isRabbit(b) {
			return
		}
		for _, a := range t.at("spec", "filter", "attributes").pairs() {
			do(t, a)
		}
	})
}

func rabbitEmpty(p *pass) {
	p.rabbitAttributes(func(t *object, a pair) {
		if a.text() == "" {
			p.report(t, a.field, "name a value, or leave the attribute out", "attribute %s is empty, and nothing matches", a.key)
		}
	})
}

// unkept are attributes that a RabbitMQBroker does not keep as strings.
var unkept = []string{"traceparent", "tracestate", "knativeerrordata", "knativeerrorcode", "datacontenttype"}

func rabbitNever(p *pass) {
	p.rabbitAttributes(func(t *object, a pair) {
		if slices.Contains(unkept, a.key) {
			p.report(t, a.field, "leave it out, and look at the attribute in the subscriber", "attribute %s never matches", a.key)
		}
	})
}

var looksTyped = regexp.MustCompile(`^(true|false|-?\d+)$`)

func rabbitTyped(p *pass) {
	p.rabbitAttributes(func(t *object, a pair) {
		if looksTyped.MatchString(a.text()) && a.isText() && !slices.Contains(unkept, a.key) {
			p.report(t, a.field, "have the sender write the extension as a string that is none of these, as p1 or yes",
				"attribute %s matches a string only", a.key)
		}
	})
}

// comparisons calls do with each map of attributes that a Trigger compares.
func comparisons(t *object, do func(f field)) {
	if f := t.at("spec", "filter", "attributes"); f.is() {
		do(f)
	}
	dialectsOf(t, func(f field) {
		for name := range tests {
			if of := f.at(name); of.is() {
				do(of)
			}
		}
	})
}

// dialectsOf calls do with each element of a Trigger's filters, and those in them.
func dialectsOf(t *object, do func(f field)) {
	left := newBudget(nested)
	for _, f := range t.at("spec", "filters").items() {
		eachDialect(f, do, left)
	}
}

func eachDialect(f field, do func(f field), left *budget) {
	if left.spent() {
		return
	}
	do(f)
	if f.at("not").is() {
		eachDialect(f.at("not"), do, left)
	}
	for _, one := range append(f.at("any").items(), f.at("all").items()...) {
		eachDialect(one, do, left)
	}
}

func filterText(p *pass) {
	for _, t := range p.of(eventing, "Trigger") {
		comparisons(t, func(f field) {
			for _, a := range f.voids() {
				p.report(t, a.field, "write one, in quotes, or leave the attribute out", "attribute %s has no value", a.key)
			}
			for _, a := range f.pairs() {
				if !a.isText() {
					p.report(t, a.field, "put it in quotes", "attribute %s is not a string", a.key)
				}
			}
		})
	}
}

func filterNames(p *pass) {
	name := regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	for _, t := range p.of(eventing, "Trigger") {
		comparisons(t, func(f field) {
			for _, a := range f.pairs() {
				if !name.MatchString(a.key) {
					p.report(t, a.field, "write small letters and digits, a letter first", "%q is no name of an attribute", a.key)
				}
			}
		})
	}
}

func emptyFilters(p *pass) {
	for _, t := range p.of(eventing, "Trigger") {
		dialectsOf(t, func(f field) {
			for name := range tests {
				for _, a := range f.at(name).pairs() {
					if a.isText() && a.text() == "" {
						p.report(t, a.field, "name a value; any value at all is cesql: EXISTS "+a.key, "%s of %s is empty, and skipped", name, a.key)
					}
				}
			}
		})
	}
}

func dialects(p *pass) {
	known := []string{"exact", "prefix", "suffix", "any", "all", "not", "cesql"}
	for _, t := range p.of(eventing, "Trigger") {
		dialectsOf(t, func(f field) {
			var have []string
			for _, one := range f.pairs() {
				if slices.Contains(known, one.key) {
					have = append(have, one.key)
				}
			}
			if len(have) != 1 {
				p.report(t, f, "write one of "+strings.Join(known, ", ")+" in each element", "an element of filters has %d dialects", len(have))
			}
		})
	}
}

func filterIgnored(p *pass) {
	p.triggers(func(t, b *object) {
		if f := t.at("spec", "filter"); f.is() && len(t.at("spec", "filters").items()) > 0 && !isRabbit(b) {
			p.report(t, f, "say it in filters, or leave one of them out", "filter is not looked at, as there are filters")
		}
	})
}

func cesqlFilters(p *pass) {
	p.triggers(func(t, b *object) {
		if isRabbit(b) {
			return // which does not look at it
		}
		dialectsOf(t, func(f field) {
			if f := f.at("cesql"); f.is() {
				if why := notBoolean(f.text()); why != "" {
					p.report(t, f, "write a comparison, as type = 'com.example.made'", "the expression %s", why)
				}
			}
		})
	})
}
