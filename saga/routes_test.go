package saga_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/saga"
)

func TestPlan_Choreography(t *testing.T) {
	want := [][2]string{
		{"booking.requested", "reserve"},
		{"tour.spots.reserved", "book"},
		{"tour.spots.rejected", "compensate"},
		{"booking.created", "charge"},
		{"payment.succeeded", "book"},
		{"payment.failed", "compensate"},
		{"booking.confirmed", "reserve"},
		{"tour.spots.sold", "announce"},
		{"booking.rejected", "compensate"},
		{"booking.expired", "compensate"},
		{"booking.cancelled", "compensate"},
		{"payment.refunded", "compensate"},
		{"payment.voided", "compensate"},
		{"tour.spots.released", "announce"},
	}
	var got [][2]string
	for _, r := range saga.V1().Choreography() {
		name := r.Filter["name"]
		got = append(got, [2]string{name, r.To})
		filter := events.Filter{"name": name, "flow": "choreography"}
		if diff := cmp.Diff(filter, r.Filter); diff != "" || r.Name != "choreography-"+strings.ReplaceAll(name, ".", "-") {
			t.Errorf("%s (-want +got):\n%s", r.Name, diff)
		}
	}
	sortRoutes := func(rs [][2]string) {
		slices.SortFunc(rs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	}
	sortRoutes(want)
	sortRoutes(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func TestCommands(t *testing.T) {
	var got []string
	for _, r := range saga.Commands() {
		got = append(got, r.To)
		filter := events.Filter{"kind": "command", "to": r.To}
		if diff := cmp.Diff(filter, r.Filter); diff != "" || r.Name != "command-"+r.To {
			t.Errorf("%s (-want +got):\n%s", r.Name, diff)
		}
	}
	want := []string{
		"announce", "book", "catalog", "charge", "clock", "compensate",
		"fanout", "notify", "request", "reserve", "saga",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
}

func TestPlan_Routes(t *testing.T) {
	functions := map[string]bool{"availability": true, "fanout": true, "customer": true}
	for _, s := range events.Vocabulary() {
		if s.Kind == events.Command {
			functions[s.To] = true
		}
	}
	names := map[string]bool{}
	for _, r := range saga.V1().Routes() {
		if !functions[r.To] {
			t.Errorf("%s leads to %q, which is no function", r.Name, r.To)
		}
		if names[r.Name] {
			t.Errorf("two routes are called %s: they would share a queue", r.Name)
		}
		names[r.Name] = true
	}
	if len(names) != 11+17+14 {
		t.Errorf("%d routes", len(names))
	}
}

// hearers are who hears a fact in both flows, besides the keeper.
var hearers = map[events.Name][]string{
	events.SpotsReserved:       {"availability"},
	events.SpotsReleased:       {"availability"},
	events.TourUpdated:         {"fanout"},
	events.DepartureCancelled:  {"fanout"},
	events.DepartureChanged:    {"fanout"},
	events.AvailabilityLow:     {"fanout"},
	events.AvailabilityBack:    {"fanout"},
	events.PaymentSucceeded:    {"announce"},
	events.PaymentRefunded:     {"announce"},
	events.PaymentRefundFailed: {"announce"},
	events.Delivered:           {"notify"},
	events.Bounced:             {"notify", "customer"},
	events.SendFailed:          {"customer"},
	events.OptedOut:            {"customer"},
	events.OptedIn:             {"customer"},
}

// TestHearers encodes every fact and looks who gets it in orchestration.
func TestHearers(t *testing.T) {
	for _, s := range events.Vocabulary() {
		ce, err := events.Encode(events.Event{Source: "/tourbillon/" + s.Record, Name: s.Name, Step: s.Step, Record: s.Record})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range saga.Hearers() {
			if s.Kind == events.Fact && r.Filter.Matches(ce) {
				got = append(got, r.To)
			}
		}
		var want []string
		if s.Step {
			want = append(want, "saga")
		}
		want = append(want, hearers[s.Name]...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s is heard (-want +got):\n%s", s.Name, diff)
		}
		if s.Record == "saga" && slices.Contains(got, "saga") {
			t.Errorf("the keeper hears its own %s", s.Name)
		}
	}
}
