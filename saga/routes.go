package saga

import (
	"maps"
	"slices"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// Route is one Trigger: which events go to which function. Its name is the
// Trigger's and the queue's, without dots, which not every broker takes.
type Route struct {
	Name   string
	Filter events.Filter
	To     string

	does events.Name // choreography: the command that the event stands in for
}

// Choreography derives the routes by which functions hear each other's facts:
// a step is triggered by what answers the step before it well, the undo by
// what answers a step badly.
func (p Plan) Choreography() []Route {
	var routes []Route
	on := func(s Step, facts []events.Name) {
		spec, _ := events.Lookup(s.Command)
		for _, f := range facts {
			routes = append(routes, Route{
				Name:   routeName("choreography", f),
				Filter: events.Filter{"name": string(f), "flow": string(booking.Choreography)},
				To:     spec.To, does: s.Command,
			})
		}
	}
	before := p.Ask.Good
	for _, s := range p.Forward {
		on(s, before)
		on(p.Undo[0], s.Bad)
		before = s.Good
	}
	before = p.Undo[0].Good
	for _, s := range p.Undo[1:] {
		on(s, before)
		before = s.Good
	}
	return routes
}

func routeName(why string, fact events.Name) string {
	return why + "-" + strings.ReplaceAll(string(fact), ".", "-")
}

// Commands returns a route to every function that commands are addressed to.
func Commands() []Route {
	to := map[string]bool{}
	for _, s := range events.Vocabulary() {
		if s.Kind == events.Command {
			to[s.To] = true
		}
	}
	var routes []Route
	for _, name := range slices.Sorted(maps.Keys(to)) {
		routes = append(routes, Route{
			Name: "command-" + name, To: name,
			Filter: events.Filter{"kind": string(events.Command), "to": name},
		})
	}
	return routes
}

// Hearers returns the routes to those who hear facts in both flows: the
// keeper, and whoever tells people or learns what they wish.
func Hearers() []Route {
	all := []Route{{Name: "keeper", To: "saga", Filter: events.Filter{"kind": string(events.Fact), "saga": "step"}}}
	for _, h := range []struct {
		to    string
		facts []events.Name
	}{
		{"availability", []events.Name{events.SpotsReserved, events.SpotsReleased}},
		{"fanout", []events.Name{events.TourUpdated, events.DepartureCancelled, events.DepartureChanged, events.AvailabilityLow, events.AvailabilityBack}},
		{"announce", []events.Name{events.PaymentSucceeded, events.PaymentRefunded, events.PaymentRefundFailed}},
		{"notify", []events.Name{events.Delivered, events.Bounced}},
		{"customer", []events.Name{events.Bounced, events.SendFailed, events.OptedOut, events.OptedIn}},
	} {
		for _, fact := range h.facts {
			all = append(all, Route{Name: routeName(h.to, fact), To: h.to, Filter: events.Filter{"name": string(fact)}})
		}
	}
	return all
}

// Routes returns every route of the plan: both flows side by side.
func (p Plan) Routes() []Route {
	return slices.Concat(Commands(), Hearers(), p.Choreography())
}
