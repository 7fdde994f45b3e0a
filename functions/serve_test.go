package functions_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/functions"
	"tourbillon/internal/arrow"
)

// hosted is a function behind the functions framework on a real port.
type hosted struct {
	addr   string
	gate   *functions.Gate
	stop   context.CancelFunc
	closed chan struct{} // closed when the port is
	ended  chan error
}

var named atomic.Int64

// target is a name that no function has yet, which is now FUNCTION_TARGET: the
// framework takes each name once.
func target(t *testing.T) string {
	name := fmt.Sprintf("test-%d", named.Add(1))
	t.Setenv("FUNCTION_TARGET", name)
	return name
}

// host serves r until the test ends.
func host(t *testing.T, r arrow.Receiver) *hosted {
	t.Helper()
	name := target(t)
	h := &hosted{gate: new(functions.Gate), closed: make(chan struct{}), ended: make(chan error, 1)}
	functions.Register(name, r, h.gate)
	handler, err := functions.Framework()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = l.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	h.stop = stop
	go func() { h.ended <- functions.Serve(ctx, &listener{Listener: l, closed: h.closed}, handler, h.gate) }()
	t.Cleanup(stop)
	return h
}

// listener says when it was closed.
type listener struct {
	net.Listener
	once   sync.Once
	closed chan struct{}
}

func (l *listener) Close() error {
	defer l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// ask posts a valid event on a connection of its own.
func (h *hosted) ask(ctx context.Context) (status int, body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", "http://"+h.addr+"/", strings.NewReader(valid))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/cloudevents+json")
	r.Close = true
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// wait receives from c, or fails the test.
func wait[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: not within ten seconds", what)
	}
	return v
}

func TestServe_AnswersAfterThreeHundredHungUp(t *testing.T) {
	const many = 300
	arrived, gone := make(chan struct{}, many+1), make(chan struct{})
	h := host(t, func(ctx context.Context, ce event.Event) (*event.Event, error) {
		arrived <- struct{}{}
		<-gone // so that every sender is gone before its answer is there
		return &ce, ctx.Err()
	})
	request := fmt.Sprintf("POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: application/cloudevents+json\r\nContent-Length: %d\r\n\r\n%s",
		h.addr, len(valid), valid)
	for range many {
		c, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	for range many {
		wait(t, "a delivery whose sender is gone", arrived)
	}
	close(gone)
	if status, body, err := h.ask(t.Context()); status != http.StatusOK || body != "{}" || err != nil {
		t.Errorf("the one that stayed got %d %q, %v", status, body, err)
	}
	h.stop()
	if err := wait(t, "the end", h.ended); err != nil {
		t.Error(err)
	}
}

func TestServe_FinishesWhatIsInFlight(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	h := host(t, func(_ context.Context, ce event.Event) (*event.Event, error) {
		close(arrived)
		<-release
		return &ce, nil
	})
	type reply struct {
		status int
		body   string
		err    error
	}
	replies := make(chan reply, 1)
	go func() {
		status, body, err := h.ask(context.Background())
		replies <- reply{status, body, err}
	}()
	wait(t, "the delivery", arrived)
	h.stop()
	wait(t, "the port's end", h.closed)
	if h.gate.Ready() {
		t.Error("still ready with the port closed")
	}
	select {
	case err := <-h.ended:
		t.Fatalf("ended with a delivery in flight: %v", err)
	default:
	}
	close(release)
	if r := wait(t, "the answer", replies); r.status != http.StatusOK || r.body != "{}" || r.err != nil {
		t.Errorf("got %+v", r)
	}
	if err := wait(t, "the end", h.ended); err != nil {
		t.Error(err)
	}
}

func TestServe_SaysThatThePortIsGone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	var g functions.Gate
	if err := functions.Serve(t.Context(), l, http.NotFoundHandler(), &g); !errors.Is(err, net.ErrClosed) || g.Ready() {
		t.Errorf("error %v, ready %v", err, g.Ready())
	}
}

// nobodyComes is a listener that waits for its end.
type nobodyComes struct{ end chan struct{} }

func (l nobodyComes) Accept() (net.Conn, error) {
	<-l.end
	return nil, net.ErrClosed
}
func (l nobodyComes) Close() error   { close(l.end); return nil }
func (l nobodyComes) Addr() net.Addr { return &net.TCPAddr{} }

func TestServe_WaitsForTheGate(t *testing.T) {
	serve := func(t *testing.T) (leave func(), ended chan error) {
		var g functions.Gate
		ctx, stop := context.WithCancel(t.Context())
		ended = make(chan error, 1)
		leave = g.Enter()
		go func() { ended <- functions.Serve(ctx, nobodyComes{make(chan struct{})}, http.NotFoundHandler(), &g) }()
		stop()
		synctest.Wait()
		if len(ended) > 0 {
			t.Error("did not wait")
		}
		return leave, ended
	}
	t.Run("until what is in it has left", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			leave, ended := serve(t)
			leave()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("but not for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, ended := serve(t)
			if err := <-ended; !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 30*time.Second {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	})
}

func TestGate_Wait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g functions.Gate
		if err := g.Wait(t.Context()); err != nil {
			t.Errorf("nothing in flight: %v", err)
		}
		first, second := g.Enter(), g.Enter()
		ended := make(chan error, 2)
		for range 2 {
			go func() { ended <- g.Wait(t.Context()) }()
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.Wait(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("two in flight: %v", err)
		}
		first()
		synctest.Wait()
		if len(ended) > 0 {
			t.Error("did not wait for the second")
		}
		second()
		if err := errors.Join(<-ended, <-ended); err != nil {
			t.Error(err)
		}
	})
}

func ExampleHandler() {
	var gate functions.Gate
	h := functions.Handler("echo", func(_ context.Context, ce event.Event) (*event.Event, error) { return &ce, nil }, &gate)

	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"seats":2}`))
	for name, value := range map[string]string{"id": "1", "source": "/s", "type": "t", "specversion": "1.0", "subject": "Z%C3%BCrich"} {
		r.Header.Set("ce-"+name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("ce-subject"), w.Body)
	// Output: 200 Z%C3%BCrich {"seats":2}
}
