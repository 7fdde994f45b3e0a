package kafka

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tourbillon/events"
)

// TestServe_Ended serves a generation that had ended before it was begun, which
// the library does not wait for: the next may be under way already.
func TestServe_Ended(t *testing.T) {
	tr, _ := inside(t, io.Discard)
	m := &member{group: declared(t, tr)}
	m.reading, m.stop = context.WithCancel(t.Context())
	defer m.stop()
	at := place{payments, 0}
	next := m.partition(at, 0)
	m.assign(map[place]*partition{at: next})
	ended, end := context.WithCancel(t.Context())
	end()
	m.serve(ended, &kafka.Generation{})
	if m.part(at) != next {
		t.Error("it has taken the partitions of the next")
	}
}

// TestMakeRoom_Stopped stops while what was put off is being written once more:
// that is waited for, so that there are not two of it.
func TestMakeRoom_Stopped(t *testing.T) {
	tr, c := inside(t, io.Discard)
	g := declared(t, tr)
	g.ofRetries, g.lately = limits{window: 10, items: 1, bytes: 1 << 20}, 200*time.Millisecond
	held, open, times := make(chan struct{}), make(chan struct{}), 0
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if r.(*kmsg.ProduceRequest).Topics[0].Topic == retries {
			if times++; times == 2 {
				close(held)
				<-open
			}
		}
		return nil, nil, false
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- tr.Consume(ctx, "s", func(context.Context, events.Delivery) events.Verdict { return events.Verdict{Again: time.Hour} })
	}()
	mustPublish(t, tr, insideFact("e"))
	<-held
	g.life.Lock()
	reading := g.member.reading
	g.life.Unlock()
	stop()
	<-reading.Done()
	close(open)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	at := place{retries, 0}
	stands, err := tr.client.stands(t.Context(), g.id, []place{at})
	if err != nil || stands[at].offset != 1 {
		t.Errorf("it stands at %v, %v; want behind the first", stands, err)
	}
}
