package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	segmentio "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"

	"tourbillon/events"
	"tourbillon/events/kafka"
)

// wires are connections that can be cut, and frozen as by a server that stands
// still.
type wires struct {
	all sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
	thaw chan struct{} // closed while they are not frozen
}

func newWires(t testing.TB) *wires {
	w := &wires{open: map[net.Conn]bool{}, thaw: make(chan struct{})}
	close(w.thaw)
	t.Cleanup(func() {
		w.cut()
		w.all.Wait()
	})
	return w
}

// dial connects to an address by way of a wire.
func (w *wires) dial(ctx context.Context, network, address string) (net.Conn, error) {
	far, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, far.Close())
	}
	defer l.Close()
	near, err := new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	if err != nil {
		return nil, errors.Join(err, far.Close())
	}
	middle, err := l.Accept()
	if err != nil {
		return nil, errors.Join(err, far.Close(), near.Close())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[far], w.open[middle] = true, true
	w.all.Go(func() { w.pass(far, middle) })
	w.all.Go(func() { w.pass(middle, far) })
	return near, nil
}

// pass passes on what comes until either end is closed.
func (w *wires) pass(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		w.mu.Lock()
		thaw := w.thaw
		w.mu.Unlock()
		<-thaw
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// cut closes what is open.
func (w *wires) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		c.Close()
	}
	w.open = map[net.Conn]bool{}
}

// freeze has nothing pass until the function that it returns is called.
func (w *wires) freeze() (thaw func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.thaw = make(chan struct{})
	return sync.OnceFunc(func() { close(w.thaw) })
}

// survive publishes and consumes while faults happen, and wants every event
// that was published to be done by each of two processes' subscriptions.
// Half of the deliveries are put off once.
func survive(t *testing.T, s kafka.Settings, faults func()) {
	first, second := open(t, s), open(t, s)
	counts := map[string]*counted{}
	for _, name := range []string{"one", "two"} {
		c := &counted{times: map[string]int{}}
		counts[name] = c
		for _, tr := range []*kafka.Transport{first, second} {
			declare(t, tr, name, facts)
			consume(t, tr, name, func(d events.Delivery) events.Verdict {
				if d.Tries == 0 && d.Event.ID()[0]%2 == 0 {
					return events.Verdict{Again: time.Millisecond}
				}
				return c.done(d)
			})
		}
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		faults()
	}()
	n, again := 0, 0
	for end := false; !end; n++ {
		ce := fact(fmt.Sprint(n%7, "-", n), fmt.Sprint("booking-", n%50))
		for first.Publish(t.Context(), ce) != nil && t.Context().Err() == nil { // as long as it takes
			again++
		}
		select {
		case <-over:
			end = true
		case <-time.After(time.Millisecond):
		}
	}
	for name, c := range counts {
		eventually(t, "every event of "+name, func() bool { return c.different() == n })
		t.Logf("%s: %d events, %d of them twice; the longest pause was %v", name, n, c.twice(), c.gap)
	}
	if again > 0 {
		t.Logf("%d events had to be published again", again)
	}
}

func TestFaults_Cut(t *testing.T) {
	at, w := fake(t), newWires(t)
	c := client(t, at)
	survive(t, settings(at, io.Discard).Through(w.dial), func() {
		for range 2 {
			time.Sleep(time.Second)
			joined(t, c)
			w.cut()
		}
	})
}

// joined waits until all members that survive has are in their groups: the fake
// server never forgets one that was cut off while it joined.
func joined(t *testing.T, c *segmentio.Client) {
	all := func() bool {
		res, err := c.DescribeGroups(t.Context(), &segmentio.DescribeGroupsRequest{GroupIDs: []string{"test.one", "test.two"}})
		return err == nil && !slices.ContainsFunc(res.Groups, func(g segmentio.DescribeGroupsResponseGroup) bool {
			return g.GroupState != "Stable" || len(g.Members) != 2
		})
	}
	for end := time.Now().Add(60 * time.Second); !all(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Error("waited 60 s for all members to join")
			return
		}
	}
}

func TestFaults_Frozen(t *testing.T) {
	w := newWires(t)
	survive(t, settings(fake(t), io.Discard).Through(w.dial), func() {
		time.Sleep(300 * time.Millisecond)
		thaw := w.freeze()
		time.Sleep(2 * time.Second)
		thaw()
		time.Sleep(300 * time.Millisecond)
	})
}

// TestFaults_Restart stops a server and starts it again, with what it had on
// its disk.
func TestFaults_Restart(t *testing.T) {
	dir := t.TempDir()
	begin := func(port int) (*kfake.Cluster, error) {
		return kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(dir), kfake.Ports(port))
	}
	port := 20_000 + rand.IntN(10_000) // below those that others are given: it is free when it is listened on again
	c, err := begin(port)
	for errors.Is(err, syscall.EADDRINUSE) {
		port++
		c, err = begin(port)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { c.Close() }()
	var log buffer
	survive(t, settings(c.ListenAddrs(), &log), func() {
		time.Sleep(500 * time.Millisecond)
		c.Close()
		time.Sleep(time.Second)
		if c, err = begin(port); err != nil {
			t.Error(err)
		}
		time.Sleep(500 * time.Millisecond)
	})
	if away, back := log.lines("does not answer"), log.lines("answers again"); len(away) == 0 || len(back) == 0 || len(away)+len(back) > 8 {
		t.Errorf("the log says %d times that Kafka is away, and %d times that it is back", len(away), len(back))
	}
}
