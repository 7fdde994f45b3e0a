//go:build integration

package rabbitmq

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// TestMute has a delay queue not answer: what was for it waits elsewhere, and
// the connection by which is put off is another.
func TestMute(t *testing.T) {
	var logged log
	tr, _ := opened(t, Settings{Log: slog.New(slog.NewTextHandler(&logged, nil))})
	s := events.Subscription{Name: "charge", Filter: events.Filter{"kind": "command", "to": "charge"}, Concurrency: 4}
	if err := tr.Declare(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	mute := tr.names.delay("charge", 20*time.Millisecond)
	was := tr.delayers.wire.Load()
	tr.shun(mute)
	ctx, stop := context.WithCancel(t.Context())
	done := newSeen()
	var consuming sync.WaitGroup
	consuming.Go(func() {
		err := tr.Consume(ctx, "charge", func(_ context.Context, d events.Delivery) events.Verdict {
			if d.Tries == 0 {
				return events.Verdict{Again: 20 * time.Millisecond}
			}
			done.add(d.Event.ID())
			return events.Verdict{}
		})
		if err != nil {
			t.Error(err)
		}
	})
	for _, id := range []string{"a", "b", "c"} {
		if err := publishing(ctx, tr, either(id, false)); err != nil {
			t.Fatal(err)
		}
	}
	if missing := done.wait(3, 20*time.Second); missing > 0 {
		t.Errorf("%d were not tried again", missing)
	}
	stop()
	consuming.Wait()
	there := func(queue string) bool {
		return tr.setup.do(func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
			return err
		}) == nil
	}
	if instead := tr.names.delay("charge", 30*time.Millisecond); there(mute) || !there(instead) {
		t.Errorf("the queue that does not answer is there: %v; the next longer one: %v", there(mute), there(instead))
	}
	if tr.delayers.wire.Load() == was {
		t.Error("the connection is the one that does not answer")
	}
	if said := logged.about("does not answer"); strings.Count(said, "\n") != 1 || !strings.Contains(said, mute) {
		t.Errorf("logged %q", said)
	}
}

func TestMute_Ends(t *testing.T) {
	tr, _ := opened(t, Settings{})
	step := 20 * time.Millisecond
	tr.mutes[tr.names.delay("charge", step)] = time.Now().Add(-time.Second)
	if got := tr.answering("charge", step); got != step {
		t.Errorf("step %v is still shunned for %v", step, got)
	}
	if got := tr.answering("reserve", step); got != step {
		t.Errorf("another subscription's step %v is %v", step, got)
	}
}
