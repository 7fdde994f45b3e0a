package main

import "go.yaml.in/yaml/v3"

// attribute is a CloudEvents attribute: what it means, and on which events it
// is.
type attribute struct {
	Name, On, Means string
	Format          string // of JSON Schema, or ""
	Required        bool   // by CloudEvents, so of those who speak to us too
}

// attributes are all that events.Encode writes, in the order of a reader's
// interest.
var attributes = []attribute{
	{Name: "specversion", On: "every event", Means: "The version of CloudEvents: `1.0`.", Required: true},
	{Name: "id", On: "every event", Required: true,
		Means: "What makes the event one: said twice, it has the same id. A fact's is derived from what it states, a command's from what it asks for."},
	{Name: "source", On: "every event", Required: true, Format: "uri-reference",
		Means: "Who speaks: `/tourbillon/<record>` on facts, `/tourbillon/<function>` on commands and on the facts of no record."},
	{Name: "type", On: "every event", Required: true, Means: "`tourbillon.<name>.v<n>`: the name and the version of the data."},
	{Name: "name", On: "every event", Means: "The short name, as `booking.confirmed`. Filter by it: a new version then needs no new filter."},
	{Name: "kind", On: "every event", Means: "`command` or `fact`."},
	{Name: "to", On: "commands", Means: "The function that the command is addressed to."},
	{Name: "subject", On: "every event that is about something", Means: "What it is about: the booking's id, else the departure's, else the tour's."},
	{Name: "time", On: "every event", Format: "date-time",
		Means: "When it was first said, in UTC. A repetition has the time of the first. The year 0001 counts as absent."},
	{Name: "datacontenttype", On: "every event", Means: "`application/json`."},
	{Name: "dataschema", On: "every event", Format: "uri", Means: "The data's schema: `urn:tourbillon:<name>:v<n>`, which is the `$id` of a file in `events/schema`."},
	{Name: "flow", On: "what is said of a booking", Means: "How the booking's steps are driven: `orchestration` or `choreography`."},
	{Name: "saga", On: "the facts that the keeper must hear", Means: "`step`; absent on all else."},
	{Name: "record", On: "facts of a record", Means: "The kind of record that spoke, as `departure`."},
	{Name: "recordversion", On: "facts of a record", Means: "Which of its record's facts this is, counted from 1: a decimal number."},
	{Name: "correlationid", On: "what is said of a booking", Means: "The booking's id, whatever the subject."},
	{Name: "causationid", On: "answers", Means: "The id of the event that this one answers. It is the asker's: a repetition may have another."},
	{Name: "partitionkey", On: "as subject", Means: "What to keep in order, if anything: the booking's id wherever there is one."},
	{Name: "traceparent", On: "where there is a trace", Means: "W3C Trace Context."},
	{Name: "trace", On: "where there is a trace", Means: "A copy of traceparent, because one broker strips that."},
}

// headers is the schema of the attributes, as a message's headers.
func headers() schema {
	s := schema{Type: "object", Properties: map[string]schema{}}
	for _, a := range attributes {
		s.Properties[a.Name] = schema{Type: "string", Description: a.Means, Format: a.Format}
		if a.Required {
			s.Required = append(s.Required, a.Name)
		}
	}
	return s
}

// fixed is the schema of the attributes that are the same on every event of
// one version of a name.
func (s spoken) fixed(v version) schema {
	all := schema{Type: "object", Properties: map[string]schema{}}
	for name, value := range map[string]string{
		"type": s.Name.Type(v.Number), "dataschema": get(v.Schema, "$id").Value,
		"name": string(s.Name), "kind": string(s.Kind), "to": s.To, "record": s.speaks(), "saga": s.step(),
	} {
		if value != "" {
			all.Properties[name] = schema{Const: value}
		}
	}
	return all
}

func (s spoken) speaks() string {
	if s.To != "" {
		return "" // a command works on a record, and none speaks it
	}
	return s.Record
}

func (s spoken) step() string {
	if s.Step && !s.Aside {
		return "step"
	}
	return ""
}

// schema is as much of JSON Schema as the headers need.
type schema struct {
	Type        string            `yaml:"type,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Format      string            `yaml:"format,omitempty"`
	Const       string            `yaml:"const,omitempty"`
	Required    []string          `yaml:"required,omitempty,flow"`
	Properties  map[string]schema `yaml:"properties,omitempty"`
}

// embedded is a schema as it can stand in the document: the names of its own
// file are left out, a reference to defs.json points to the document's copy,
// and what stands beside a reference is not lost on tools that would not look
// there.
func embedded(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = nil
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			out.Content = append(out.Content, embedded(c))
		}
		return &out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key := n.Content[i]; key.Value {
		case "$schema", "$id":
		case "$ref":
			out.Content = append(out.Content, key, local(n.Content[i+1]))
		default:
			out.Content = append(out.Content, key, embedded(n.Content[i+1]))
		}
	}
	return apart(&out)
}

// apart makes a reference with company one part of an allOf.
func apart(n *yaml.Node) *yaml.Node {
	to := get(n, "$ref")
	if to == nil || len(n.Content) == 2 {
		return n
	}
	rest := *n
	rest.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "$ref" {
			rest.Content = append(rest.Content, n.Content[i], n.Content[i+1])
		}
	}
	return mapping("allOf", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{mapping("$ref", to), &rest}})
}

func mapping(key string, value *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: key}, value}}
}
