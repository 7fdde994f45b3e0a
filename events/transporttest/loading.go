package transporttest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tourbillon/events"
)

var loading = []check{
	{"many publishers and consumers at once lose nothing", lossless},
}

// tally counts what is done, by id.
type tally struct {
	mu   sync.Mutex
	done map[string]bool
	want int
	all  context.Context // ends once as many as wanted are done, or patience is over
	end  context.CancelFunc
}

func (b *bench) tally(want int) *tally {
	all, end := context.WithTimeout(b.Context(), patience)
	b.Cleanup(end)
	return &tally{done: map[string]bool{}, want: want, all: all, end: end}
}

func (t *tally) count(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done[id] = true
	if len(t.done) == t.want {
		t.end()
	}
}

func (t *tally) missing() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.want - len(t.done)
}

// lossless has every event done by both subscriptions, where some deliveries
// are put off, some panic, and consumers come and go.
func lossless(b *bench) {
	const publishers, each = 4, 150
	subscriptions := []string{"one", "two"}
	tallies := make(map[string]*tally)
	for _, name := range subscriptions {
		b.declareAs(events.Subscription{Name: name, Filter: facts, Concurrency: 4})
		t := b.tally(publishers * each)
		tallies[name] = t
		for range 2 {
			b.consume(name, t.handle)
		}
	}
	var work sync.WaitGroup
	for p := range publishers {
		work.Go(func() { b.publishMany(fmt.Sprint("p", p), each) })
	}
	work.Go(func() {
		for i := range 10 {
			b.passing(subscriptions[i%2], tallies[subscriptions[i%2]])
		}
	})
	work.Wait()
	for name, t := range tallies {
		<-t.all.Done()
		if n := t.missing(); n > 0 {
			b.Errorf("after %v %s lacks %d of %d events", patience, name, n, t.want)
		}
	}
}

// handle puts off every third event once and panics once on every tenth.
func (t *tally) handle(_ context.Context, d events.Delivery) events.Verdict {
	id := d.Event.ID()
	switch last := id[len(id)-1]; {
	case d.Tries > 0:
	case last == '0':
		panic("a planted panic")
	case last == '3' || last == '6' || last == '9':
		return events.Verdict{Again: time.Millisecond}
	}
	t.count(id)
	return events.Verdict{}
}

// publishMany publishes in batches, and again where a subscription is full.
func (b *bench) publishMany(prefix string, n int) {
	ces, ids := numbered(prefix, n)
	for i := range ces {
		ces[i] = factOf(ids[i], ids[i])
	}
	for size := 1; len(ces) > 0; size = size%5 + 1 {
		batch := ces[:min(size, len(ces))]
		switch err := b.tr.Publish(b.Context(), batch...); {
		case errors.Is(err, events.ErrFull):
			time.Sleep(time.Millisecond)
		case err != nil:
			b.Errorf("publish: %v", err)
			return
		default:
			ces = ces[len(batch):]
		}
	}
}

// passing is a consumer that comes, declares what is declared, goes after one
// event or when all are done, and looks at the dead letters.
func (b *bench) passing(name string, t *tally) {
	if err := b.tr.Declare(b.Context(), events.Subscription{Name: name, Filter: facts, Concurrency: 4}); err != nil {
		b.Errorf("declare %s: %v", name, err)
	}
	ctx, cancel := context.WithCancel(t.all)
	defer cancel()
	err := b.tr.Consume(ctx, name, func(ctx context.Context, d events.Delivery) events.Verdict {
		cancel()
		return t.handle(ctx, d)
	})
	b.wantErr("consume "+name, err, nil)
	if _, err := b.tr.DeadLetters(b.Context()); err != nil {
		b.Errorf("dead letters: %v", err)
	}
}
