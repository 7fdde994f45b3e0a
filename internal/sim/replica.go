package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// replica is one process: its own wiring, one delivery at a time.
type replica struct {
	world     *World
	receivers map[string]arrow.Receiver
	flight    *flight // nil: idle
	coroutine
}

// flight is one delivery under way, as a coroutine that stops at crossings.
type flight struct {
	replica *replica
	to      string
	in      *message
	client  *client // set where the door runs the function
	reply   *event.Event
	err     error
	until   time.Time // asleep until then
	given   bool      // the broker has given it up: its reply reaches nobody
	crashed bool
	nth     map[string]int
}

func (w *World) newReplica() *replica {
	r := &replica{world: w}
	ports := arrow.Ports{
		Records: store.New(crossingStore{w.store, r}), Now: w.clock, Log: discard(),
		Deadline: time.Hour, Lease: Lease,
	}
	r.receivers = functions.All(functions.Wiring{
		Ports: ports, Sink: func(string) arrow.Sink { return sink{w, r} }, Plans: saga.Shipped(), Request: w.settings(),
		Payments: payments{w.provider(r), r}, Messages: messages{r}, Turns: w.post,
	})
	return r
}

// provider is the payment provider as a process of its own reaches it.
func (w *World) provider(r *replica) record.Payments {
	if w.stripe != nil {
		return w.stripe.payments()
	}
	return w.newSandbox(r)
}

// fly starts a delivery: nothing runs until the flight is resumed.
func (r *replica) fly(to string, in *message, c *client) {
	f := &flight{replica: r, to: to, in: in, client: c, nth: map[string]int{}}
	r.flight = f
	r.start(func() {
		f.reply, f.err = r.receivers[to](context.Background(), in.ce)
		if f.reply != nil {
			f.cross("reply")
		}
	})
}

// cross stops the flight at a port; whoever resumes it may never do so.
func (r *replica) cross(op string) {
	if r.flight != nil { // nil: the wiring is used by hand, before the run
		r.flight.cross(op)
	}
}

func (f *flight) cross(op string) { f.replica.yield(op) }

// point names where the flight stands: the function, what it heard, the port,
// and the how-manieth time it crosses that.
func (f *flight) point(op string) string {
	f.nth[op]++
	return fmt.Sprintf("%s(%s) %s#%d", f.to, name(f.in.ce), op, f.nth[op])
}

// sleep stops the flight for d; the broker does not wait that long.
func (f *flight) sleep(d time.Duration) {
	w := f.replica.world
	f.until = w.now.Add(d)
	if d > Timeout && f.client == nil && !f.given {
		f.given = true
		w.logf("TIMEOUT of %s at %s", name(f.in.ce), f.to)
		w.again(f.in)
		f.in.ready = w.now.Add(Timeout)
	}
	f.cross("sleep")
}

// crash abandons what the replica was doing and starts it afresh.
func (w *World) crash(i int) {
	r := w.replicas[i]
	if f := r.flight; f != nil {
		w.logf("CRASH in %s", f.to)
		f.crashed = true
		switch {
		case f.client != nil:
			f.client.dropped(w)
		case !f.given:
			w.again(f.in)
		}
	}
	w.gone = append(w.gone, r)
	w.replicas[i] = w.newReplica()
}

// unwind ends every replica, those that crashed against ports that are dead.
func (w *World) unwind() {
	for _, r := range slices.Concat(w.gone, w.replicas) {
		r.stop()
	}
}

// crossingStore is the store as a replica sees it.
type crossingStore struct {
	store.Store
	r *replica
}

// Commit crosses before and after.
func (s crossingStore) Commit(ctx context.Context, w store.Write) error {
	s.r.cross("before commit " + w.Key.Record)
	err := s.Store.Commit(ctx, w)
	if err == nil && w.Key.Record == record.KindNotification {
		s.r.world.post.committed(s.r.flight, w)
	}
	s.r.cross("after commit " + w.Key.Record)
	return err
}

// Due crosses after the claim.
func (s crossingStore) Due(ctx context.Context, now time.Time, claim time.Duration, limit int) ([]store.Line, error) {
	lines, err := s.Store.Due(ctx, now, claim, limit)
	s.r.cross("after claim")
	return lines, err
}

// sink is the broker as a source sees it.
type sink struct {
	world *World
	r     *replica
}

// Publish crosses before and after.
func (s sink) Publish(_ context.Context, es ...events.Event) error {
	if len(es) == 0 {
		return nil
	}
	s.r.cross("before publish")
	for _, e := range es {
		ce, err := events.Encode(e)
		if err != nil {
			return err
		}
		s.world.publish(s.r.flight.to, ce)
	}
	s.r.cross("after publish")
	return nil
}

// payments is the provider as a replica sees it.
type payments struct {
	at record.Payments
	r  *replica
}

func (p payments) call(ctx context.Context, c booking.Call, do func(context.Context, booking.Call) (booking.Word, error)) (booking.Word, error) {
	p.r.cross("before " + string(c.Verb))
	w, err := do(context.WithValue(ctx, asleep{}, p.r), c)
	p.r.cross("after " + string(c.Verb))
	return w, err
}

func (p payments) Create(ctx context.Context, c booking.Call, token string) (booking.Word, error) {
	return p.call(ctx, c, func(ctx context.Context, c booking.Call) (booking.Word, error) { return p.at.Create(ctx, c, token) })
}

func (p payments) Confirm(ctx context.Context, c booking.Call) (booking.Word, error) {
	return p.call(ctx, c, p.at.Confirm)
}

func (p payments) Get(ctx context.Context, c booking.Call) (booking.Word, error) {
	return p.call(ctx, c, p.at.Get)
}

func (p payments) Cancel(ctx context.Context, c booking.Call) (booking.Word, error) {
	return p.call(ctx, c, p.at.Cancel)
}

func (p payments) Refund(ctx context.Context, c booking.Call) (booking.Word, error) {
	return p.call(ctx, c, p.at.Refund)
}

// messages is their provider as a replica sees it.
type messages struct{ r *replica }

func (m messages) Send(_ context.Context, msg record.Message) (booking.Receipt, error) {
	m.r.cross("before send")
	receipt, err := m.r.world.post.send(m.r.flight, msg)
	m.r.cross("after send")
	return receipt, err
}
