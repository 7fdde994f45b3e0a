//go:build integration

package rabbitmq

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// TestCuts has thousands of events published and consumed while connections are
// cut, frozen and refused at random, and wants every one of them done.
func TestCuts(t *testing.T) {
	const publishers, each = 16, 250
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	p, url := newProxy(t)
	var logged log
	tr, _ := opened(t, Settings{URL: url, Log: slog.New(slog.NewTextHandler(&logged, nil))})
	subscriptions := []events.Subscription{
		{Name: "steps", Filter: events.Filter{"kind": "fact", "saga": "step"}, Concurrency: 8},
		{Name: "orderly", Filter: events.Filter{"name": "payment.succeeded"}, Concurrency: 1},
		{Name: "charge", Filter: events.Filter{"kind": "command", "to": "charge"}, Concurrency: 4},
	}
	done := map[string]*seen{}
	ctx, cancel := context.WithCancel(t.Context())
	var consumers sync.WaitGroup
	for _, s := range subscriptions {
		if err := tr.Declare(ctx, s); err != nil {
			t.Fatal(err)
		}
		done[s.Name] = newSeen()
		consumers.Go(func() {
			if err := tr.Consume(ctx, s.Name, done[s.Name].handle); err != nil {
				t.Error(err)
			}
		})
	}
	var work sync.WaitGroup
	for n := range publishers {
		work.Go(func() {
			for i := 0; i < each; i += 5 {
				var batch []event.Event
				for j := range 5 {
					batch = append(batch, either(fmt.Sprintf("p%d-%d", n, i+j), (i+j)%2 == 0))
				}
				if err := publishing(ctx, tr, batch...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	stop := make(chan struct{})
	var breaker sync.WaitGroup
	breaker.Go(func() { comingAndGoing(ctx, t, tr, done, stop) })
	breaker.Go(func() { breaking(p, r, stop) })
	work.Wait()
	close(stop)
	breaker.Wait()
	want := map[string]int{"steps": publishers * each / 2, "orderly": publishers * each / 2, "charge": publishers * each / 2}
	for name, n := range want {
		if missing := done[name].wait(n, time.Minute); missing > 0 {
			t.Errorf("%s lacks %d of %d events", name, missing, n)
		}
	}
	cancel()
	consumers.Wait()
	letters, err := tr.DeadLetters(t.Context())
	if err != nil || len(letters) > 0 {
		t.Errorf("dead letters: %d, %v", len(letters), err)
	}
	t.Logf("%d deliveries of %d events; what was logged:\n%s", tr.Counts().Delivered, publishers*each*3/2, logged.about("RabbitMQ"))
}

// comingAndGoing consumes for a moment at a time: channels begin and end while
// connections are lost.
func comingAndGoing(ctx context.Context, t *testing.T, tr *Transport, done map[string]*seen, stop <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		name := []string{"steps", "charge"}[i%2]
		moment, cancel := context.WithTimeout(ctx, time.Duration(i%7)*40*time.Millisecond)
		if err := tr.Consume(moment, name, done[name].handle); err != nil {
			t.Error(err)
		}
		cancel()
	}
}

// breaking does something nasty several times a second.
func breaking(p *proxy, r *rand.Rand, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(r.IntN(900)) * time.Millisecond):
		}
		switch r.IntN(4) {
		case 0:
			p.freeze(true)
			time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
			if r.IntN(2) == 0 {
				p.cut()
			}
			p.freeze(false)
		case 1:
			p.refuse(true)
			time.Sleep(time.Duration(r.IntN(1500)) * time.Millisecond)
			p.refuse(false)
		default:
			p.cut()
		}
	}
}
