package memory

import (
	"maps"
	"slices"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// index finds the queues that want an event without asking each of them. A
// queue is filed under one attribute of its filter, the one whose value has the
// fewest so far; only the queues filed under what an event has are asked.
type index struct {
	shelves []shelf
	all     []*queue // those that want everything
}

// shelf holds the queues filed under one attribute, by the value they want.
type shelf struct {
	attribute string
	queues    map[string][]*queue
}

func (x *index) add(q *queue) {
	if len(q.Filter) == 0 {
		x.all = append(x.all, q)
		return
	}
	keys := slices.Sorted(maps.Keys(q.Filter))
	rarest := slices.MinFunc(keys, func(a, b string) int { return x.filed(a, q.Filter[a]) - x.filed(b, q.Filter[b]) })
	s := x.shelf(rarest)
	s.queues[q.Filter[rarest]] = append(s.queues[q.Filter[rarest]], q)
}

func (x *index) filed(attribute, value string) int {
	for _, s := range x.shelves {
		if s.attribute == attribute {
			return len(s.queues[value])
		}
	}
	return 0
}

func (x *index) shelf(attribute string) shelf {
	for _, s := range x.shelves {
		if s.attribute == attribute {
			return s
		}
	}
	s := shelf{attribute, map[string][]*queue{}}
	x.shelves = append(x.shelves, s)
	return s
}

// each calls wants with every queue that wants the event, once.
func (x *index) each(ce event.Event, wants func(*queue)) {
	for _, q := range x.all {
		wants(q)
	}
	for _, s := range x.shelves {
		value, ok := events.Attribute(ce, s.attribute)
		if !ok {
			continue
		}
		for _, q := range s.queues[value] {
			if q.Filter.Matches(ce) {
				wants(q)
			}
		}
	}
}
