package rabbitmq

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

// saying returns an event of a type, with extensions.
func saying(typ string, extensions map[string]string) event.Event {
	ce := event.New()
	ce.SetID("e-1")
	ce.SetSource("/tourbillon/test")
	ce.SetType(typ)
	for k, v := range extensions {
		ce.SetExtension(k, v)
	}
	return ce
}

func TestAddressOf(t *testing.T) {
	long := strings.Repeat("long", 100)
	for _, tt := range []struct {
		says string
		ce   event.Event
		want address
	}{
		{"a fact goes by flow, saga and name", saying("tourbillon.payment.succeeded.v1",
			map[string]string{"kind": "fact", "flow": "choreography", "saga": "step", "name": "payment.succeeded"}),
			address{false, "choreography.step.payment.succeeded", []any{"type=tourbillon~2Epayment~2Esucceeded~2Ev1", "kind=fact"}}},
		{"what it lacks is a hyphen", saying("t", map[string]string{"kind": "fact", "name": "tour.created"}),
			address{false, "-.-.tour.created", []any{"type=t", "kind=fact"}}},
		{"a stranger's event goes by its type", saying("com.example.thing", nil),
			address{false, "-.-.com.example.thing", []any{"type=com~2Eexample~2Ething"}}},
		{"a command goes by the function that it is for", saying("t", map[string]string{"kind": "command", "to": "charge", "name": "payment.charge"}),
			address{true, "charge", []any{"*", "type=t", "name=payment~2Echarge"}}},
		{"a command may be for nobody", saying("t", map[string]string{"kind": "command"}), address{true, "-", []any{"*", "type=t"}}},
		{"odd characters cannot be taken for what they are to the server", saying("#", map[string]string{"flow": "a.b", "saga": "*", "name": "-"}),
			address{false, "a~2Eb.~2A.~2D", []any{"type=~23"}}},
		{"an empty value is none that is absent", saying("t", map[string]string{"flow": "", "name": "n"}), address{false, "~.-.n", []any{"type=t"}}},
		{"what is too long is a hash", saying("t", map[string]string{"flow": long, "name": long}),
			address{false, hash(long) + ".-." + hash(long), []any{"type=t"}}},
	} {
		t.Run(tt.says, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, addressOf(tt.ce), cmp.AllowUnexported(address{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBindings(t *testing.T) {
	for _, tt := range []struct {
		filter events.Filter
		want   []binding
	}{
		{nil, []binding{{false, "#"}, {true, "*"}}},
		{events.Filter{"kind": "command", "to": "reserve"}, []binding{{true, "reserve"}}},
		{events.Filter{"kind": "command"}, []binding{{true, "*"}}},
		{events.Filter{"kind": "command", "name": "saga.wake"}, []binding{{true, "name=saga~2Ewake"}}},
		{events.Filter{"kind": "fact"}, []binding{{false, "kind=fact"}}},
		{events.Filter{"kind": "fact", "saga": "step"}, []binding{{false, "*.step.#"}}},
		{events.Filter{"kind": "fact", "flow": "choreography"}, []binding{{false, "choreography.*.#"}}},
		{events.Filter{"kind": "fact", "name": "tour.created"}, []binding{{false, "*.*.tour.created"}}},
		{events.Filter{"name": "payment.succeeded", "flow": "choreography"},
			[]binding{{false, "choreography.*.payment.succeeded"}, {true, "name=payment~2Esucceeded"}}},
		{events.Filter{"type": "booking.request"},
			[]binding{{false, "type=booking~2Erequest"}, {false, "*.*.booking.request"}, {true, "type=booking~2Erequest"}}},
		{events.Filter{"subject": "lyon"}, []binding{{false, "#"}, {true, "*"}}},
		{events.Filter{"name": "*", "kind": "#"}, []binding{{false, "*.*.~2A"}}},
	} {
		t.Run(tell(tt.filter), func(t *testing.T) {
			if got := bindings(tt.filter); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestRouting has random events matched by random filters, and wants the server
// to bring every one there.
func TestRouting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	values := []string{"", "-", "a", "a.b", "*", "#", ".", "command", "fact", "step", strings.Repeat("x.", 90), strings.Repeat("é", 40)}
	keys := []string{"kind", "to", "name", "flow", "saga", "other", "type", "subject"}
	matched := 0
	for i := range 50_000 {
		ce, filter := saying("t", nil), events.Filter{}
		for _, k := range keys {
			v := values[r.IntN(len(values))]
			if r.IntN(2) == 0 {
				setAttribute(&ce, k, v)
			}
			if r.IntN(3) == 0 {
				if r.IntN(4) == 0 {
					v = values[r.IntN(len(values))]
				}
				filter[k] = v
			}
		}
		to := addressOf(ce)
		for _, key := range append([]any{to.key}, to.more...) {
			if len(fmt.Sprint(key)) > longest {
				t.Fatalf("the routing key %q is too long", key)
			}
		}
		if !filter.Matches(ce) {
			continue
		}
		matched++
		if !slices.ContainsFunc(bindings(filter), func(b binding) bool { return routes(to, b) }) {
			t.Fatalf("event %d of %v goes to %+v, the filter %v is bound by %v", i, ce, to, filter, bindings(filter))
		}
	}
	if matched < 1000 {
		t.Errorf("only %d events matched", matched)
	}
}

func setAttribute(ce *event.Event, k, v string) {
	switch k {
	case "type":
		ce.SetType(v)
	case "subject":
		ce.SetSubject(v)
	default:
		ce.SetExtension(k, v)
	}
}

// routes is what the server does: exact keys on the exchange of commands,
// patterns on the other.
func routes(to address, b binding) bool {
	if to.commands != b.commands {
		return false
	}
	for _, key := range append([]any{to.key}, to.more...) {
		k := key.(string)
		if b.commands && k == b.key || !b.commands && fits(strings.Split(b.key, "."), strings.Split(k, ".")) {
			return true
		}
	}
	return false
}

func fits(pattern, words []string) bool {
	switch {
	case len(pattern) == 0:
		return len(words) == 0
	case pattern[0] == rest:
		return len(pattern) == 1 || len(words) > 0 && fits(pattern, words[1:]) || fits(pattern[1:], words)
	case len(words) == 0:
		return false
	}
	return (pattern[0] == anything || pattern[0] == words[0]) && fits(pattern[1:], words[1:])
}

func TestTell(t *testing.T) {
	long := events.Filter{"source": strings.Repeat("/a b", 200)}
	other := events.Filter{"source": strings.Repeat("/a b", 199) + "/a c"}
	for _, f := range []events.Filter{long, other} {
		if s := tell(f); len(s) > longest {
			t.Errorf("%d bytes are too many", len(s))
		}
	}
	if tell(long) == tell(other) {
		t.Error("two filters are told alike")
	}
	if got := tell(events.Filter{"to": "reserve", "kind": "command"}); got != "kind=command,to=reserve" {
		t.Errorf("got %q", got)
	}
}
