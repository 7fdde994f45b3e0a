//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// The kinds of fault.
const (
	kills    = "kill -9"          // the process dies, and is started again
	restarts = "restart"          // it is asked to end, and started again
	freezes  = "SIGSTOP"          // it stands still
	cuts     = "cut the line"     // connections break, and none is made
	hangs    = "hang the line"    // connections stand, and nothing comes through
	troubles = "lose its answers" // and some come late, and some calls are refused
	copies   = "deliver again"    // old messages are published once more
	floods   = "flood a queue"    // past its bound
)

// fault is one thing that goes wrong.
type fault struct {
	kind, target string
	at, lasts    time.Duration
}

// String is the fault without its time.
func (f fault) String() string { return f.kind + ": " + f.target }

// deck is every fault that there is, on real servers.
var deck = []fault{
	{kind: kills, target: "worker"}, {kind: kills, target: "redis"}, {kind: kills, target: "rabbitmq"}, {kind: kills, target: "kafka"},
	{kind: restarts, target: "redis"}, {kind: restarts, target: "rabbitmq"}, {kind: restarts, target: "kafka"},
	{kind: freezes, target: "worker"}, {kind: freezes, target: "redis"}, {kind: freezes, target: "rabbitmq"}, {kind: freezes, target: "kafka"},
	{kind: cuts, target: "redis"}, {kind: cuts, target: "rabbitmq"}, {kind: cuts, target: "kafka"},
	{kind: hangs, target: "redis"}, {kind: hangs, target: "rabbitmq"}, {kind: hangs, target: "kafka"},
	{kind: troubles, target: "payments"}, {kind: troubles, target: "mail"},
	{kind: copies, target: "rabbitmq"}, {kind: floods, target: "rabbitmq"}, {kind: kills, target: "worker"},
}

// against are the faults that can strike a system with these servers. Workers
// whose records are in memory are not killed: they could not go on.
func against(servers []string) []fault {
	return slices.DeleteFunc(slices.Clone(deck), func(f fault) bool {
		switch f.target {
		case "redis", "rabbitmq", "kafka":
			return !slices.Contains(servers, f.target)
		case "worker":
			return f.kind == kills && !slices.Contains(servers, "redis")
		}
		return false
	})
}

// deal deals n faults: each of the deck before any comes again. In the short
// form each kind comes before any comes again.
func deal(dice *rand.Rand, from []fault, n int, short bool) (all []fault) {
	at := 2 * time.Second
	var left []fault
	for len(all) < n {
		if len(left) == 0 {
			left = slices.Clone(from)
			dice.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
			if short {
				left = onePerKind(left)
			}
		}
		f := left[0]
		left = left[1:]
		f.at, f.lasts = at, lasts(dice, f, short)
		all = append(all, f)
		gap := 6 * time.Second
		if short {
			gap = 5 * time.Second
		}
		at += time.Second + time.Duration(dice.Int64N(int64(gap)))
	}
	return all
}

// onePerKind puts one of each kind first; whatever of its kind was dealt first.
// Of the killed and the frozen it is a worker.
func onePerKind(shuffled []fault) []fault {
	seen := map[string]bool{}
	var first, rest []fault
	for _, f := range shuffled {
		if seen[f.kind] || (f.kind == freezes || f.kind == kills) && f.target != "worker" {
			rest = append(rest, f)
			continue
		}
		seen[f.kind] = true
		first = append(first, f)
	}
	return append(first, rest...)
}

// lasts is how long a fault is there. What is frozen wakes up after leases and
// timeouts, which are 30 s and 20 s; a worker when others are at its work.
func lasts(dice *rand.Rand, f fault, short bool) time.Duration {
	between := func(least, most time.Duration) time.Duration {
		return least + time.Duration(dice.Int64N(int64(most-least)))
	}
	switch {
	case f.kind == freezes && f.target == "worker":
		return between(34*time.Second, 46*time.Second)
	case f.kind == freezes && !short:
		return between(31*time.Second, 38*time.Second)
	case f.kind == hangs && !short:
		return between(5*time.Second, 35*time.Second)
	case f.kind == troubles:
		return between(10*time.Second, 20*time.Second)
	case f.kind == kills || f.kind == restarts:
		return between(0, 4*time.Second)
	}
	return between(2*time.Second, 8*time.Second)
}

// end is when the last fault is over.
func end(fs []fault) time.Duration {
	last := slices.MaxFunc(fs, func(a, b fault) int { return cmp.Compare(a.at+a.lasts, b.at+b.lasts) })
	return last.at + last.lasts
}

// strike has all faults happen at their time, and returns when they are over.
// Faults of one target wait for one another.
func (w *world) strike(ctx context.Context, seed uint64, fs []fault, say func(string, ...any)) error {
	began := time.Now()
	turns := map[string]*sync.Mutex{"payments": new(sync.Mutex)}
	var all sync.WaitGroup
	errs := make([]error, len(fs))
	for i, f := range fs {
		dice := rand.New(rand.NewPCG(seed, uint64(i)))
		on := f.target
		if on == "worker" {
			on = w.workers[dice.IntN(len(w.workers))].name
		}
		if turns[on] == nil {
			turns[on] = new(sync.Mutex)
		}
		turn := turns[on]
		all.Go(func() {
			if pause(ctx, time.Until(began.Add(f.at))) != nil {
				return
			}
			turn.Lock()
			defer turn.Unlock()
			if f.kind == freezes && f.target == "worker" { // which has the payment process be slow
				turns["payments"].Lock()
				defer turns["payments"].Unlock()
			}
			say("%-16s %-10s for %4.1f s", f.kind, on, f.lasts.Seconds())
			if err := w.hit(ctx, dice, f, on); err != nil && ctx.Err() == nil {
				errs[i] = fmt.Errorf("%s of %s: %w", f.kind, on, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// hit is one fault, from its beginning to its end.
func (w *world) hit(ctx context.Context, dice *rand.Rand, f fault, on string) error {
	p, line := w.find(on)
	switch f.kind {
	case kills:
		p.kill()
		return errors.Join(pause(ctx, f.lasts), p.start(ctx))
	case restarts:
		p.end(30 * time.Second)
		return errors.Join(pause(ctx, f.lasts), p.start(ctx))
	case freezes:
		if f.target == "worker" {
			return w.overtake(ctx, p, f.lasts)
		}
		p.freeze()
		defer p.thaw()
	case cuts:
		line.sever()
		defer line.heal()
	case hangs:
		line.hang()
		defer line.heal()
	case troubles:
		return w.confuse(ctx, dice, on, f.lasts)
	case copies:
		return w.tap.again(ctx, dice, f.lasts)
	case floods:
		return w.flood(ctx, dice, f.lasts)
	}
	return pause(ctx, f.lasts)
}

// overtake freezes a worker while the payment process is slow, so that it has
// calls in hand, and others who go on with them when it wakes up.
func (w *world) overtake(ctx context.Context, p *process, lasts time.Duration) error {
	err := w.payments.trouble(ctx, trouble{Late: 0.9, Delay: "4s"})
	err = errors.Join(err, pause(ctx, 8*time.Second))
	p.freeze()
	err = errors.Join(err, pause(ctx, lasts))
	p.thaw()
	return errors.Join(err, w.payments.trouble(context.WithoutCancel(ctx), trouble{}))
}

// find is the process of that name, and the line to it.
func (w *world) find(name string) (*process, *proxy) {
	for _, n := range w.workers {
		if n.name == name {
			return n.process, nil
		}
	}
	for _, s := range w.running() {
		if s.name == name {
			return s.process, s.line
		}
	}
	return nil, nil
}

// confuse has a provider refuse, lose and delay answers: by half a second, or
// past every deadline.
func (w *world) confuse(ctx context.Context, dice *rand.Rand, on string, lasts time.Duration) error {
	p := w.payments
	if on == "mail" {
		p = w.mail
	}
	delay := "500ms"
	if dice.IntN(2) == 0 {
		delay = "32s"
	}
	return errors.Join(
		p.trouble(ctx, trouble{Refuse: 0.15, Lose: 0.25, Late: 0.1, Delay: delay}), pause(ctx, lasts),
		p.trouble(context.WithoutCancel(ctx), trouble{}),
	)
}
