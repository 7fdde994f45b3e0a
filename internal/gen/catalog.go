package main

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

// catalog is all that the files are made of.
type catalog struct {
	Events []spoken   // in the vocabulary's order
	Defs   *yaml.Node // what the schemas share, by name
}

// spoken is one name of the vocabulary, who says it and who hears it.
type spoken struct {
	events.Spec
	By       []string // functions
	Outside  string   // who says it that is none of our functions, or ""
	Orch     []string // hearers in orchestration
	Chor     []string // hearers in choreography
	Versions []version
}

// version is one version of a name.
type version struct {
	Number    int
	File      string     // of the schema, from events/
	Schema    *yaml.Node // as it is in the file
	Published []byte     // data, as published once
	Example   *yaml.Node // the same
}

// outside is who says the commands that none of our functions, or not they
// alone, say.
var outside = map[events.Name]string{
	events.BookingRequest:  "whoever wants a booking",
	events.BookingCancel:   "a customer or an operator",
	events.ClockTick:       "a timer",
	events.TourCreate:      "an operator",
	events.TourUpdate:      "an operator",
	events.DepartureOpen:   "an operator",
	events.DepartureChange: "an operator",
	events.DepartureClose:  "an operator",
	events.DepartureCancel: "an operator",
}

// read gathers the catalog; repo is the repository.
func read(repo fs.FS) (*catalog, error) {
	defs, err := parse(repo, "events/schema/defs.json")
	if err != nil {
		return nil, err
	}
	c := &catalog{Defs: get(defs, "$defs")}
	says := speakers()
	for _, spec := range events.Vocabulary() {
		s := spoken{Spec: spec, By: says[spec.Name], Outside: outside[spec.Name]}
		for v := 1; v <= spec.Version; v++ {
			one, err := readVersion(repo, spec.Name, v)
			if err != nil {
				return nil, err
			}
			s.Versions = append(s.Versions, one)
		}
		if s.Orch, err = s.hearers(booking.Orchestration); err != nil {
			return nil, err
		}
		if s.Chor, err = s.hearers(booking.Choreography); err != nil {
			return nil, err
		}
		c.Events = append(c.Events, s)
	}
	return c, nil
}

func readVersion(repo fs.FS, n events.Name, v int) (version, error) {
	name := fmt.Sprintf("%s.v%d.json", n, v)
	example := "events/testdata/published/" + name
	one := version{Number: v, File: "schema/" + name}
	var err error
	if one.Schema, err = parse(repo, "events/"+one.File); err != nil {
		return one, err
	}
	if one.Published, err = fs.ReadFile(repo, example); err != nil {
		return one, err
	}
	one.Example, err = parse(repo, example)
	return one, err
}

// parse reads a JSON file, which is YAML, and keeps the order of its keys.
func parse(repo fs.FS, path string) (*yaml.Node, error) {
	raw, err := fs.ReadFile(repo, path)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return plain(doc.Content[0]), nil
}

// plain forgets how the node was written: braces and quotation marks.
func plain(n *yaml.Node) *yaml.Node {
	n.Style = 0
	for _, c := range n.Content {
		plain(c)
	}
	return n
}

// speakers returns the functions that say each name. A fact's are in the
// vocabulary; a command's are those who answer another command with it, the
// keeper, who says all that is in the plan, and who passes on what is told from
// outside.
func speakers() map[events.Name][]string {
	says := make(map[events.Name][]string)
	add := func(n events.Name, who string) {
		if !slices.Contains(says[n], who) {
			says[n] = append(says[n], who)
		}
	}
	p := saga.V1()
	for _, step := range slices.Concat(p.Forward, p.Undo, []saga.Step{p.Debt, p.Complete, p.Ask}) {
		add(step.Command, "saga")
		if step.Reminder != "" {
			add(step.Reminder, "saga")
		}
	}
	add(events.PaymentSettle, "webhook")
	for _, s := range events.Vocabulary() {
		if s.Kind == events.Fact && s.Says != "" {
			says[s.Name] = strings.Split(s.Says, ", ")
		}
		for _, answer := range s.Answers {
			if a, _ := events.Lookup(answer); a.Kind == events.Command {
				add(answer, s.To)
			}
		}
	}
	return says
}

// hearers returns the functions that get the event, said of a booking in that
// flow, by the shipped routes.
func (s spoken) hearers(flow booking.Flow) ([]string, error) {
	ce, err := events.Encode(s.render(flow))
	if err != nil {
		return nil, err
	}
	var to []string
	for _, r := range saga.V1().Routes() {
		if r.Filter.Matches(ce) && !slices.Contains(to, r.To) {
			to = append(to, r.To)
		}
	}
	return to, nil
}

// render is the event as its speaker says it. Only an event whose schema has a
// flow is of a booking, and has its flow.
func (s spoken) render(flow booking.Flow) events.Event {
	b := booking.Booking{DepartureID: "departure"}
	if s.has("flow") {
		b.ID, b.Flow = "booking", flow
	}
	at := time.Unix(0, 0)
	answer := events.Tell(s.Name, events.Data{Booking: b}, at)
	switch {
	case s.Kind == events.Fact && s.Record != "":
		answer = s.Name.As(b, &booking.Said{Version: 1, At: at})
	case s.Kind == events.Fact:
		answer = events.Note(s.Name, events.Data{Booking: b}, "departure@1", at)
	}
	return answer.Render(events.Speaker{Function: "function", Record: s.Record, ID: "id"}, events.Event{})
}

// has reports whether the newest version may carry the field.
func (s spoken) has(field string) bool {
	return get(s.Newest().Schema, "properties", field) != nil
}

// Newest is the newest version.
func (s spoken) Newest() version { return s.Versions[len(s.Versions)-1] }

// Describes is the schema's one sentence.
func (v version) Describes() string { return get(v.Schema, "description").Value }

// get walks down by keys; nil where one is missing.
func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n = value(n, key); n == nil {
			return nil
		}
	}
	return n
}

func value(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// keys are a mapping's keys, in the file's order.
func keys(n *yaml.Node) []string {
	var all []string
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		all = append(all, n.Content[i].Value)
	}
	return all
}

// items are a sequence's scalars.
func items(n *yaml.Node) []string {
	var all []string
	if n != nil {
		for _, c := range n.Content {
			all = append(all, c.Value)
		}
	}
	return all
}
