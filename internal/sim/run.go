package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tourbillon/events"
)

// Faults is what may go wrong, each with its chance per occasion. They stop at
// Until, so that what is left must end by itself.
type Faults struct {
	Until     time.Duration
	Shuffle   bool    // deliver and go on in any order, not first come first served
	Delay     float64 // a delivery is late, by up to a minute
	Duplicate float64 // a delivery is made twice
	LostReply float64 // a delivery is acknowledged, and made again
	Loss      float64 // a delivery is never made
	Crash     float64 // a replica crashes, per step
	CrashAll  float64 // all of them do
	Tick      float64 // the clock ticks at a bad moment
	Ask       float64 // something that was said before is said again
	Send      float64 // a call to the provider of messages goes wrong
	Jump      float64 // nothing happens for up to half a minute
}

// maxSteps bounds a run, for each booking: one that needs more does not end.
const maxSteps = 5000

var errEndless = errors.New("the run does not end")

func (w *World) chance(p float64) bool {
	return p > 0 && w.Now() < w.Faults.Until && w.rng.Float64() < p
}

func (w *World) delay() time.Duration {
	if w.chance(w.Faults.Delay) {
		return time.Duration(w.rng.Int64N(int64(time.Minute)))
	}
	return 0
}

// Run plays the world and checks it.
func (w *World) Run() error {
	w.Play()
	w.check()
	w.unwind()
	if len(w.wrong) > 0 {
		return fmt.Errorf("seed %d, %s, crashes at %v: %w", w.Seed, w.Flow, w.CrashAt, errors.Join(w.wrong...))
	}
	return nil
}

// Play lets the world run until nothing is left to happen before the
// departures leave.
func (w *World) Play() {
	for steps := 0; ; steps++ {
		if steps > maxSteps*(1+len(w.clients)) {
			w.wrong = append(w.wrong, errEndless)
			return
		}
		w.strike()
		if !w.step() && !w.wait() {
			return
		}
	}
}

// strike does what may go wrong between two steps.
func (w *World) strike() {
	if w.chance(w.Faults.Crash) {
		w.crash(w.rng.IntN(len(w.replicas)))
	}
	if w.chance(w.Faults.CrashAll) {
		for i := range w.replicas {
			w.crash(i)
		}
	}
	if w.chance(w.Faults.Tick) {
		w.tick()
	}
	if len(w.said) > 0 && w.chance(w.Faults.Ask) {
		old := w.said[w.rng.IntN(len(w.said))]
		w.logf("AGAIN %s", name(old))
		w.publish(replayer, old)
	}
	if w.stripe != nil && w.chance(badCall) {
		w.stripe.mishap()
	}
	if w.chance(w.Faults.Jump) {
		w.now = w.now.Add(time.Duration(w.rng.Int64N(int64(30 * time.Second))))
	}
}

// step makes one thing happen, of those that can happen now.
func (w *World) step() bool {
	w.now = w.now.Add(time.Millisecond)
	can := w.can[:0]
	if w.stripe != nil {
		w.stripe.fake.Pass()
		if i, ok := w.stripe.due(); ok {
			can = append(can, choice{tells, i})
		}
	}
	idle := -1
	for i, r := range w.replicas {
		switch {
		case r.flight == nil:
			idle = i // one is as good as another
		case !w.now.Before(r.flight.until):
			can = append(can, choice{resumes, i})
		}
	}
	if idle >= 0 {
		can = w.starts(can)
	}
	if i, ok := w.tidingsDue(); ok {
		can = append(can, choice{brings, i})
	}
	if i, ok := w.pressDue(); ok {
		can = append(can, choice{presses, i})
	}
	for i, c := range w.clients {
		if c.wantsCancel(w) {
			can = append(can, choice{cancels, i})
		}
		if c.wantsShow(w) {
			can = append(can, choice{shows, i})
		}
	}
	for i, d := range w.Departures {
		if d.Cancel > 0 && w.Now() >= d.Cancel {
			can = append(can, choice{takesOff, i})
		}
		if d.Change > 0 && w.Now() >= d.Change {
			can = append(can, choice{moves, i})
		}
	}
	if w.Meets > 0 && w.Now() >= w.Meets {
		can = append(can, choice{meets, 0})
	}
	w.can = can
	if len(can) == 0 {
		return false
	}
	c := can[0]
	if w.Faults.Shuffle {
		c = can[w.rng.IntN(len(can))]
	}
	w.do(c, idle)
	return true
}

// resume lets a flight go on to its next crossing, or to its end.
func (w *World) resume(i int) {
	f := w.replicas[i].flight
	op, more := f.replica.next()
	if !more {
		w.land(f)
		return
	}
	if !w.Points {
		return
	}
	w.crossed = append(w.crossed, f.point(op))
	if slices.Contains(w.CrashAt, len(w.crossed)) {
		w.crash(i)
	}
}

// wait lets time pass until something can happen, or reports that nothing will
// before the departures leave.
func (w *World) wait() bool {
	horizon := w.start.Add(w.Leaves + w.After)
	var at time.Time
	soonest := func(t time.Time) {
		if t.Before(horizon) && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	for _, m := range w.queue {
		soonest(m.ready)
	}
	if w.stripe != nil {
		if at := w.stripe.next(); !at.IsZero() {
			soonest(at)
		}
	}
	for _, r := range w.replicas {
		if r.flight != nil {
			soonest(r.flight.until)
		}
	}
	for _, c := range w.clients {
		c.wakes(w, soonest)
	}
	for _, p := range w.presses {
		soonest(p.at)
	}
	for _, t := range w.tidings {
		soonest(t.at)
	}
	for _, d := range w.Departures {
		for _, at := range []time.Duration{d.Cancel, d.Change} {
			if at > 0 {
				soonest(w.start.Add(at))
			}
		}
	}
	if w.Meets > 0 {
		soonest(w.start.Add(w.Meets))
	}
	due := w.store.next(horizon)
	if !due.IsZero() {
		soonest(due)
	}
	if at.IsZero() {
		return false
	}
	if at.After(w.now) {
		w.now = at
	}
	if !due.IsZero() && !due.After(w.now) {
		w.tick()
	}
	return true
}

// tick is the clock's: on a cluster a PingSource sends it.
func (w *World) tick() {
	for _, m := range w.queue {
		if m.ce.Type() == events.ClockTick.Type(1) {
			return
		}
	}
	e := events.Tell(events.ClockTick, events.Data{}, w.now).Render(events.Speaker{Function: "ping"}, events.Event{})
	e.ID = fmt.Sprintf("tick-%d", w.now.UnixNano())
	w.command(e)
}

func (w *World) command(e events.Event) {
	ce, err := events.Encode(e)
	if err != nil {
		w.fail("encode %s: %v", e.Name, err)
		return
	}
	lossless := w.Faults
	w.Faults = Faults{Shuffle: lossless.Shuffle} // what a person or the clock says reaches the broker
	w.publish(e.Speaker(), ce)
	w.Faults = lossless
}
