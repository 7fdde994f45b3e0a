package memory

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

func some(r *rand.Rand, values int) map[string]string {
	m := map[string]string{}
	for _, k := range []string{"kind", "to", "name", "flow", "subject"} {
		if r.IntN(2) == 0 {
			m[k] = fmt.Sprint("v", r.IntN(values))
		}
	}
	return m
}

func TestIndex(t *testing.T) {
	t.Run("it finds what asking every filter finds", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			var x index
			var queues []*queue
			for range r.IntN(12) {
				q := &queue{Subscription: events.Subscription{Filter: some(r, 3)}}
				queues = append(queues, q)
				x.add(q)
			}
			ce := event.New()
			for k, v := range some(r, 4) {
				if k == "subject" {
					ce.SetSubject(v)
				} else {
					ce.SetExtension(k, v)
				}
			}
			wantSame(t, &x, queues, ce)
		}
	})
}

func wantSame(t *testing.T, x *index, queues []*queue, ce event.Event) {
	t.Helper()
	found := map[*queue]int{}
	x.each(ce, func(q *queue) { found[q]++ })
	for _, q := range queues {
		times := 0
		if q.Filter.Matches(ce) {
			times = 1
		}
		if found[q] != times {
			t.Errorf("filter %v found %d times for %v; want %d", q.Filter, found[q], ce.Context, times)
		}
	}
}
