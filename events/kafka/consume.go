package kafka

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"sync"
	"time"

	"tourbillon/events"
)

// Declare implements [events.Transport]. A subscription is known to Kafka by
// where its group stands in each topic: declared for the first time it stands
// at their ends, later where it was. Concurrency and Bound are this process's
// alone; Bound is not kept.
func (t *Transport) Declare(ctx context.Context, s events.Subscription) error {
	if s.Name == "" || s.Concurrency < 1 || s.Bound < 0 {
		return fmt.Errorf("declare %q: a name, a concurrency of at least 1 and no negative bound are needed", s.Name)
	}
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.calls.Done()
	s.Filter = s.Filter.Clone()
	if known := t.group(s.Name); known != nil {
		return known.same(s)
	}
	g := newGroup(t, s)
	if err := t.begin(ctx, g); err != nil {
		return fmt.Errorf("declare %q: %w", s.Name, err)
	}
	t.mu.Lock()
	known := t.groups[s.Name]
	if known == nil {
		t.groups[s.Name] = g
	}
	t.mu.Unlock()
	if known != nil { // somebody was faster
		return known.same(s)
	}
	return nil
}

func (t *Transport) group(name string) *group {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.groups[name]
}

func (g *group) same(s events.Subscription) error {
	if g.Concurrency != s.Concurrency || g.Bound != s.Bound || !maps.Equal(g.Filter, s.Filter) {
		return fmt.Errorf("declare %q: it is declared already, with other fields", s.Name)
	}
	return nil
}

// begin has a group stand at the end of each topic in which it does not stand
// anywhere. The ends are asked for before what is committed: whoever else
// declares it meanwhile, and has been told so, did it after that, so that what
// is published then is behind both ends. Kafka takes no such commit once the
// group has members; then it stands somewhere.
func (t *Transport) begin(ctx context.Context, g *group) error {
	places, err := t.client.places(ctx, g.topics)
	if err != nil {
		return err
	}
	for tries := 0; ; tries++ {
		ends, err := t.client.bounds(ctx, newest, places)
		if err != nil {
			return err
		}
		stands, err := t.client.stands(ctx, g.id, places)
		if err == nil {
			at := beginnings(ends, stands)
			if len(at) == 0 {
				return nil
			}
			err = t.client.commit(ctx, g.id, "", -1, at)
		}
		if err == nil {
			return nil
		}
		if forbidden(err) {
			return fmt.Errorf("set where group %s begins (may the user read that group?): %w", g.id, err)
		}
		if tries == 20 || ctx.Err() != nil {
			return fmt.Errorf("set where group %s begins (does another process consume it, with another filter?): %w", g.id, err)
		}
		sleep(ctx, 100*time.Millisecond)
	}
}

// beginnings are the ends of the topics in which a group does not stand
// anywhere. Where it stands somewhere, other partitions came later, and are
// read from their beginning.
func beginnings(ends map[place]int64, stands map[place]stand) map[place]stand {
	known := map[string]bool{}
	for at := range stands {
		known[at.topic] = true
	}
	begin := map[place]stand{}
	for at, offset := range ends {
		if !known[at.topic] {
			begin[at] = stand{offset: offset}
		}
	}
	return begin
}

type handle = func(context.Context, events.Delivery) events.Verdict

// Consume implements [events.Transport].
func (t *Transport) Consume(ctx context.Context, name string, h handle) error {
	if err := t.enter(context.Background()); err != nil {
		return err
	}
	defer t.calls.Done()
	g := t.group(name)
	if g == nil {
		return fmt.Errorf("consume %q: it was not declared", name)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.closing, cancel)()
	if ctx.Err() == nil {
		if err := g.enter(); err != nil {
			return err
		}
		defer g.exit()
		wake := context.AfterFunc(ctx, g.wakeAll)
		defer wake()
		var workers sync.WaitGroup
		for range g.Concurrency {
			workers.Go(func() { g.work(ctx, h) })
		}
		workers.Wait()
		g.wakeAll() // one of ours may have been woken for what it left to others
	}
	if t.closing.Err() != nil {
		return events.ErrClosed
	}
	return nil
}

// enter begins to consume; who enters must exit.
func (g *group) enter() (err error) {
	g.life.Lock()
	defer g.life.Unlock()
	if g.consumers == 0 {
		if g.member, err = g.join(); err != nil {
			return err
		}
	}
	g.consumers++
	return nil
}

func (g *group) exit() {
	g.life.Lock()
	defer g.life.Unlock()
	if g.consumers--; g.consumers == 0 {
		g.member.leave()
		g.member = nil
	}
}

// work delivers one item after the other until ctx ends.
func (g *group) work(ctx context.Context, h handle) {
	for {
		it, ok := g.next(ctx)
		if !ok {
			return
		}
		g.deliver(ctx, it, h)
	}
}

// After a panic of handle the event waits, twice as long after each.
const (
	firstPanic = 100 * time.Millisecond
	lastPanic  = time.Minute
)

// deliver hands one event over and does as it is told. Where it is told
// nothing, because handle panicked, the event is put off.
func (g *group) deliver(ctx context.Context, it *item, h handle) {
	ce, err := it.record.decode()
	switch {
	case err != nil:
		g.land(it, g.buryUnreadable(ctx, it, err))
		return
	case it.record.topic != g.off && !g.Filter.Matches(ce):
		g.land(it, true)
		return
	}
	verdict := events.Verdict{Again: min(firstPanic<<min(it.tries, 16), lastPanic)}
	defer func() {
		if p := recover(); p != nil {
			g.log.Error("handle panicked: the event is delivered again", "event", ce.ID(), "stack", string(debug.Stack()))
		}
		g.land(it, g.carryOut(ctx, it, verdict))
	}()
	verdict = h(context.WithoutCancel(ctx), events.Delivery{Event: ce, Tries: it.tries})
}
