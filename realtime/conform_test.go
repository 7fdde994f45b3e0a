package realtime_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/realtimetest"
)

var (
	crowd = flag.Int("clients", 200, "how many clients the conformance run has")
	lasts = flag.Duration("lasts", 5*time.Second, "how long the conformance run lasts")
)

// conformed are the departures of the conformance run.
const conformed = 50

// run is a conformance run: two relays behind one feed, which come and go, and
// clients of every kind, which do too.
type run struct {
	*testing.T
	truth  *realtimetest.Truth
	addrs  [2]string
	over   atomic.Bool
	people []*person
	values atomic.Int64
	comes  atomic.Int64
}

// TestConformance is the relay's promise, in a crowd: with slow readers,
// reconnects, relays that are replaced, and a feed that loses, doubles and
// shuffles, no client is ever told an older value than it has; and within a
// second of the last change each has the true one.
//
//	go test ./realtime -run Conformance -clients 2000 -lasts 60s
func TestConformance(t *testing.T) {
	n, lasts := *crowd, *lasts
	if testing.Short() {
		n, lasts = 50, 2*time.Second
	}
	r := &run{T: t, truth: realtimetest.NewTruth(42)}
	for i := range conformed {
		r.truth.Put(departure(i), `{}`, tours)
	}
	o := realtimetest.Options{
		Hub:    realtime.Options{Sweep: 2 * time.Second},
		Limits: gate.Limits{PerAddress: 1e6, Connects: gate.Rate{PerSecond: 1e6, Burst: 1e6}},
		// Where nobody connects from: while a relay is replaced, its port is nobody's.
		Address: "127.0.0.2:0",
	}
	var relays [2]*realtimetest.Relay
	for i := range relays {
		relays[i] = realtimetest.Start(t, r.truth, o)
		r.addrs[i] = relays[i].Addr
	}
	var all sync.WaitGroup
	for i := range n {
		p := &person{run: r, chance: rand.New(rand.NewPCG(uint64(i), 1)), kind: kinds[i%len(kinds)], number: i, have: map[string]uint64{}}
		r.people = append(r.people, p)
		all.Go(p.live)
	}
	r.truth.Fault(realtimetest.Faults{Lose: .1, Double: .1, Late: .1})
	began, chance := time.Now(), rand.New(rand.NewPCG(1, 2))
	for replaced := 0; time.Since(began) < lasts; {
		for range 20 {
			r.truth.Change(departure(chance.IntN(conformed)))
		}
		time.Sleep(100 * time.Millisecond)
		if due := int(time.Since(began) / (2 * time.Second)); due > replaced {
			i := due % 2
			relays[i].Stop()
			again := o
			again.Address = r.addrs[i]
			relays[i] = realtimetest.Start(t, r.truth, again)
			replaced = due
		}
	}
	r.settle()
	r.over.Store(true)
	for _, relay := range relays {
		relay.Stop()
	}
	all.Wait()
	http.DefaultClient.CloseIdleConnections()
	t.Logf("%d clients, %v: %d values, %d connections", n, lasts, r.values.Load(), r.comes.Load())
}

// settle ends the faults, makes one last change of each departure, and wants
// everybody to know of it within a second; the race detector and a machine that
// others use get up to ten.
func (r *run) settle() {
	r.truth.Fault(realtimetest.Faults{})
	for _, p := range r.people {
		p.calm.Store(true)
	}
	time.Sleep(3 * time.Second) // the last of them is back
	for i := range conformed {
		r.truth.Change(departure(i))
	}
	began := time.Now()
	for wrong := r.wrong(); wrong != ""; wrong = r.wrong() {
		if time.Since(began) > 10*time.Second {
			r.Errorf("ten seconds after the last change: %s", wrong)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.Logf("everybody knew %v after the last change", time.Since(began).Round(time.Millisecond))
}

// wrong says who does not have a true value, if anybody.
func (r *run) wrong() string {
	for i, p := range r.people {
		for _, topic := range p.watches() {
			if got, want := p.has(topic.String()), r.truth.Value(topic).Version; got != want {
				return fmt.Sprintf("client %d (%s) has %v at %d, want %d", i, p.kind, topic, got, want)
			}
		}
	}
	return ""
}
