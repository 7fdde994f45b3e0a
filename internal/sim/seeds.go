package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
)

// Chaos is everything that may go wrong at once.
func Chaos() Faults {
	return Faults{
		Until: 5 * time.Minute, Shuffle: true, Delay: 0.05, Duplicate: 0.1, LostReply: 0.05, Loss: 0.02,
		Crash: 0.004, CrashAll: 0.001, Tick: 0.01, Ask: 0.01, Jump: 0.005, Send: 0.15,
	}
}

// Random is the run of a seed: three bookings over two departures, one of them
// contended, with any token, some cancelled, and chaos.
func Random(seed uint64, flow booking.Flow) Options {
	r := rand.New(rand.NewPCG(seed, 1))
	tokens := sandbox.Tokens()
	o := Options{
		Seed: seed, Flow: flow, Replicas: 3, Faults: Chaos(),
		Departures: []Departure{{ID: "contended", Capacity: 3}, {ID: "roomy", Capacity: 50}},
	}
	o.Stripe = r.IntN(4) == 0
	switch r.IntN(6) {
	case 0: // between two tiers of the policy
		o.Leaves = 48*time.Hour + between(r, 0, 10*time.Minute)
	case 1: // soon: some cancel too late
		o.Leaves, o.After = 10*time.Minute, 48*time.Hour
	}
	if r.IntN(20) == 0 {
		o.Departures[0].Cancel = between(r, time.Second, 20*time.Minute)
	}
	for i, where := range []string{"contended", "contended", "roomy"} {
		req := Request{
			ID: fmt.Sprintf("req-%d-%d", seed, i), Departure: where, Seats: 1 + r.IntN(3),
			Token: tokens[r.IntN(len(tokens))], Old: r.IntN(4) == 0, At: between(r, 0, 2*time.Second),
		}
		if r.IntN(4) == 0 {
			req.Cancel = between(r, time.Millisecond, 20*time.Minute)
		}
		if r.IntN(4) > 0 {
			req.Show, req.Hide = between(r, time.Second, 20*time.Minute), r.IntN(3) == 0
		}
		o.Requests = append(o.Requests, req)
	}
	o.people(rand.New(rand.NewPCG(seed, 2)))
	return o
}

// between is a time between two, most likely early: most happens at first.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	f := r.Float64()
	return least + time.Duration(f*f*f*float64(most-least))
}

// Seed runs one seed in both flows, and holds them against each other. log
// hears the story; nil is nobody.
func Seed(seed uint64, log io.Writer) error {
	var ends [2][]Outcome
	var wrong []error
	for i, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
		o := Random(seed, flow)
		o.Log = log
		w, err := New(o)
		if err != nil {
			return err
		}
		wrong = append(wrong, w.Run())
		ends[i] = w.Outcomes()
	}
	return errors.Join(append(wrong, alike(Random(seed, ""), ends))...)
}

// alike holds the two flows against each other, wherever the outcome does not
// hang on who came first: not for the contended seats, not for a booking that
// was cancelled or timed out in either.
func alike(o Options, ends [2][]Outcome) error {
	var wrong []error
	for i, r := range o.Requests {
		a, b := ends[0][i], ends[1][i]
		hangs := r.Departure == "contended" || r.Cancel > 0 ||
			a.Status == booking.StatusExpired || b.Status == booking.StatusExpired
		a.Messages, b.Messages = endings(a.Messages), endings(b.Messages) // what else is told, may be lost
		if r.fragile() {
			a.Messages, b.Messages = nil, nil // they may become silent before
		}
		if !hangs && a.String() != b.String() {
			wrong = append(wrong, fmt.Errorf("seed %d: the flows differ:\n  %s: %s\n  %s: %s",
				o.Seed, booking.Orchestration, a, booking.Choreography, b))
		}
	}
	return errors.Join(wrong...)
}

func endings(templates []string) []string {
	return slices.DeleteFunc(slices.Clone(templates), func(t string) bool { return booking.CategoryOf(t) != booking.CategoryEnding })
}

// Seeds runs the seeds from 1 to n, on every processor, until ctx ends. It
// tells each that fails to failed, one at a time, which says whether to go on.
func Seeds(ctx context.Context, n int, failed func(seed uint64, err error) (goOn bool)) {
	// A run leaves its whole world behind: collecting less often takes a fifth
	// off the time.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var next atomic.Uint64
	var mu sync.Mutex
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for s := next.Add(1); s <= uint64(n) && ctx.Err() == nil; s = next.Add(1) {
				if err := Seed(s, nil); err != nil {
					mu.Lock()
					if ctx.Err() == nil && !failed(s, err) {
						stop()
					}
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
}
