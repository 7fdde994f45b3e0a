//go:build integration

package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/events"
)

// TestLateAck has a delivery outlast its connection and be done in the life of
// the next. Its tag is another message's by then: to acknowledge it would be to
// lose that one.
func TestLateAck(t *testing.T) {
	p, url := newProxy(t)
	tr, _ := opened(t, Settings{URL: url})
	s := charge
	s.Concurrency = 40
	declare(t, tr, s)
	first, second := make(chan struct{}), make(chan struct{})
	times := newSeen()
	consume(t, tr, "charge", func(_ context.Context, d events.Delivery) events.Verdict {
		id := d.Event.ID()
		n := times.add(id)
		switch {
		case id == "slow" && n == 1:
			<-first
		case !strings.HasPrefix(id, "quick") && n < 3:
			<-second
		}
		return events.Verdict{}
	})
	release, releaseAll := sync.OnceFunc(func() { close(first) }), sync.OnceFunc(func() { close(second) })
	t.Cleanup(func() { release(); releaseAll() })
	send := func(id string) {
		t.Helper()
		if err := publishing(t.Context(), tr, either(id, false)); err != nil {
			t.Fatal(err)
		}
	}
	until := func(id string, n int) {
		t.Helper()
		for times.count(id) < n {
			select {
			case <-times.more:
			case <-time.After(20 * time.Second):
				t.Fatalf("waited too long for delivery %d of %s", n, id)
			}
		}
	}
	for i := range 5 {
		id := fmt.Sprint("quick-", i)
		send(id)
		until(id, 1)
	}
	send("slow") // its tag is 6
	until("slow", 1)
	p.cut()
	until("slow", 2)
	const held = 10
	for i := range held { // one of them has the tag 6
		id := fmt.Sprint("held-", i)
		send(id)
		until(id, 1)
	}
	release()
	send("quick-last")
	until("quick-last", 1)
	p.cut()
	for i := range held {
		until(fmt.Sprint("held-", i), 2)
	}
}

// TestStopWhileDown has consumers stop and start while there is no connection.
func TestStopWhileDown(t *testing.T) {
	p, url := newProxy(t)
	tr, _ := opened(t, Settings{URL: url})
	declare(t, tr, charge)
	got := make(chan events.Delivery, 10)
	handle := func(_ context.Context, d events.Delivery) events.Verdict {
		got <- d
		return events.Verdict{}
	}
	begin := func() (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- tr.Consume(ctx, "charge", handle) }()
		return func() {
			t.Helper()
			cancel()
			select {
			case err := <-stopped:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(20 * time.Second):
				t.Error("a consumer does not stop while the server is away")
			}
		}
	}
	send := func(id string) {
		t.Helper()
		if err := publishing(t.Context(), tr, either(id, false)); err != nil {
			t.Fatal(err)
		}
		next(t, id, got)
	}
	stop := begin()
	send("before")
	p.refuse(true)
	stop()
	stop = begin()
	stop()
	stop = begin()
	defer func() { stop() }()
	p.refuse(false)
	send("after")
	p.cut()
	send("after that")
}

// TestCloseWhileDown closes while there is no connection, and while one is being
// made; that nothing is left running shows at the end of all tests.
func TestCloseWhileDown(t *testing.T) {
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 400 * time.Millisecond} {
		p, url := newProxy(t)
		var logged log
		tr, _ := opened(t, Settings{URL: url, Log: slog.New(slog.NewTextHandler(&logged, nil))})
		declare(t, tr, charge)
		consume(t, tr, "charge", done)
		p.refuse(true)
		answered := make(chan error, 1)
		go func() { answered <- tr.Publish(context.Background(), either("never", false)) }()
		for strings.Count(logged.about("is lost"), "\n") < 3 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(after) // any moment will do
		began := time.Now()
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("closing took %v", took)
		}
		if err := <-answered; !errors.Is(err, events.ErrClosed) {
			t.Errorf("the publisher was answered %v; want ErrClosed", err)
		}
		p.refuse(false)
	}
}
