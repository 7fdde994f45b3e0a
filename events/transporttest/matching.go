package transporttest

import (
	"slices"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

var declaring = []check{
	{"events published before Declare are not its", pastIsPast},
	{"declaring again with the same fields changes nothing", redeclareSame},
	{"declaring again with other fields is an error", redeclareOther},
	{"a subscription without name, without concurrency or with a negative bound is an error", declareNonsense},
}

var matching = []check{
	{"a subscription gets the events that have every attribute its filter names, and no other", filters},
	{"events that match no subscription are accepted and dropped", unmatched},
	{"a command that matches no subscription is kept as a dead letter", unroutable},
	{"publishing nothing is no error", publishNothing},
	{"an event that is not valid is an error and nothing is accepted", invalid},
}

func pastIsPast(b *bench) {
	b.publish(fact("before"))
	b.declare("late", facts)
	b.publish(fact("after"))
	if got := b.inbox("late").until("after"); !slices.Equal(got, []string{"after"}) {
		b.Errorf("got %q; want the event published after Declare only", got)
	}
}

func redeclareSame(b *bench) {
	s := events.Subscription{Name: "twice", Filter: facts.Clone(), Concurrency: 1, Bound: 50}
	b.declareAs(s)
	s.Filter["kind"] = "changed by the caller, afterwards"
	b.publish(fact("waits"))
	s.Filter = facts.Clone()
	b.declareAs(s)
	b.publish(fact("end"))
	if got := b.inbox("twice").until("waits", "end"); !slices.Equal(got, []string{"waits", "end"}) {
		b.Errorf("got %q; want each event once", got)
	}
}

func redeclareOther(b *bench) {
	s := events.Subscription{Name: "same", Filter: facts, Concurrency: 1, Bound: 50}
	b.declareAs(s)
	other := []events.Subscription{s, s, s, s}
	other[0].Filter = events.Filter{"kind": "command"}
	other[1].Filter = nil
	other[2].Concurrency = 2
	other[3].Bound = 51
	for _, o := range other {
		if err := b.tr.Declare(b.Context(), o); err == nil {
			b.Errorf("declared %+v after %+v", o, s)
		}
	}
}

func declareNonsense(b *bench) {
	for _, s := range []events.Subscription{
		{Concurrency: 1}, {Name: "none"}, {Name: "negative", Concurrency: -1}, {Name: "bound", Concurrency: 1, Bound: -1},
	} {
		if err := b.tr.Declare(b.Context(), s); err == nil {
			b.Errorf("declared %+v", s)
		}
	}
}

// filtered are subscriptions and the ids of the events below that are theirs.
var filtered = []struct {
	name   string
	filter events.Filter
	want   []string
}{
	{"everything", nil, []string{"book", "door", "paid-c", "paid-o", "reserve", "tour"}},
	{"command-to", events.Filter{"kind": "command", "to": "reserve"}, []string{"reserve"}},
	{"commands", events.Filter{"kind": "command"}, []string{"book", "reserve"}},
	{"fact-in-flow", events.Filter{"name": "payment.succeeded", "flow": "choreography"}, []string{"paid-c"}},
	{"steps", events.Filter{"kind": "fact", "saga": "step"}, []string{"paid-c", "paid-o"}},
	{"by-type", events.Filter{"type": "booking.request"}, []string{"door"}},
	{"by-source", events.Filter{"source": "/tourbillon/payment"}, []string{"paid-c", "paid-o"}},
	{"by-subject", events.Filter{"subject": "lyon"}, []string{"tour"}},
	{"by-id", events.Filter{"id": "tour"}, []string{"tour"}},
	{"other-case", events.Filter{"kind": "Fact"}, nil},
	{"part-of-it", events.Filter{"name": "payment"}, nil},
	{"wildcard", events.Filter{"name": "*", "kind": "#"}, nil},
	{"absent", events.Filter{"kind": "fact", "absent": "x"}, nil},
}

func filters(b *bench) {
	var inboxes []*inbox
	for _, s := range filtered {
		b.declare(s.name, s.filter)
		inboxes = append(inboxes, b.inbox(s.name))
	}
	b.publish(
		say("reserve", events.SpotsReserve, said{"kind": "command", "to": "reserve", "partitionkey": "b1"}),
		say("book", events.BookingCreate, said{"kind": "command", "to": "book", "partitionkey": "b1"}),
		say("paid-c", events.PaymentSucceeded, said{"kind": "fact", "flow": "choreography", "saga": "step", "source": "/tourbillon/payment"}),
		say("paid-o", events.PaymentSucceeded, said{"kind": "fact", "flow": "orchestration", "saga": "step", "source": "/tourbillon/payment"}),
		say("tour", events.TourCreated, said{"kind": "fact", "subject": "lyon"}),
		say("door", events.BookingRequest, said{"type": "booking.request"}),
	)
	for _, s := range filtered {
		b.publish(mark(s.name, s.filter))
	}
	for i, s := range filtered {
		b.wantExactly(inboxes[i], s.name, s.want)
	}
}

// mark is an event that the subscription of that name and filter must get: the
// last that concerns it.
func mark(name string, f events.Filter) event.Event {
	ce := say("mark-"+name, events.PaymentSucceeded, said{"kind": "fact", "mark": name})
	for k, v := range f {
		set(&ce, k, v)
	}
	return ce
}

// wantExactly waits for the mark and all that is wanted, and wants no more.
func (b *bench) wantExactly(in *inbox, name string, want []string) {
	var got []string
	for marked := false; !marked || len(got) < len(want); {
		ce := in.next(name + "'s events").Event
		switch m, _ := events.Attribute(ce, "mark"); m {
		case "":
			got = append(got, ce.ID())
		case name:
			marked = true
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("%s: events wanted (-) and delivered (+):\n%s", name, diff)
	}
}

func unmatched(b *bench) {
	b.publish(fact("nobody-there"))
	b.declare("other", events.Filter{"name": "tour.created"})
	b.publish(fact("nobody-wants-it"))
	b.publish(fact("first-of-two"), say("wanted", events.TourCreated, said{"kind": "fact", "partitionkey": "booking-1"}))
	if got := b.inbox("other").until("wanted"); !slices.Equal(got, []string{"wanted"}) {
		b.Errorf("got %q; want what matches only", got)
	}
}

func unroutable(b *bench) {
	if !b.promised(b.Tells, "a command that nobody wants is told") {
		return
	}
	b.declare("other", events.Filter{"kind": "command", "to": "other"})
	lost := say("lost", events.SpotsReserve, said{"kind": "command", "to": "reserve", "partitionkey": "b1"})
	b.publish(lost, say("found", events.SpotsReserve, said{"kind": "command", "to": "other", "partitionkey": "b1"}))
	b.inbox("other").until("found")
	kept := b.deadLetters()
	if len(kept) != 1 {
		b.Fatalf("%d dead letters; want the one that nobody wanted", len(kept))
	}
	got := letter{kept[0].Subscription, kept[0].Reason, kept[0].Tries, wholeOf(kept[0].Event)}
	if diff := cmp.Diff(letter{"", events.Unroutable, 0, wholeOf(lost)}, got); diff != "" {
		b.Errorf("the dead letter wanted (-) and kept (+):\n%s", diff)
	}
}

func publishNothing(b *bench) {
	b.declare("any", nil)
	b.publish()
}

func invalid(b *bench) {
	b.declare("any", nil)
	noID := fact("")
	for _, bad := range []event.Event{{}, noID} {
		if err := b.tr.Publish(b.Context(), fact("beside-it"), bad); err == nil {
			b.Errorf("published %v", bad)
		}
	}
	b.publish(fact("end"))
	if got := b.inbox("any").until("end"); !slices.Equal(got, []string{"end"}) {
		b.Errorf("got %q; want nothing of what was published with an invalid event", got)
	}
}
