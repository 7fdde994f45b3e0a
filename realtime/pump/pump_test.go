package pump_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tourbillon/realtime/pump"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair is a connection's two ends over TCP, with small buffers.
func pair(t *testing.T) (ours, theirs *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dialed := make(chan error, 1)
	go func() {
		c, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			theirs = c.(*net.TCPConn)
			err = theirs.SetReadBuffer(4 << 10)
		}
		dialed <- err
	}()
	c, err := l.Accept()
	if err = errors.Join(err, <-dialed); err != nil {
		t.Fatal(err)
	}
	ours = c.(*net.TCPConn)
	if err := ours.SetWriteBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	return ours, theirs
}

func TestSocket_NeverWaitsAndLosesNothing(t *testing.T) {
	ours, theirs := pair(t)
	emptied := make(chan struct{}, 1)
	s := pump.NewSocket(ours, time.Minute, func() { emptied <- struct{}{} })
	var want bytes.Buffer
	began := time.Now()
	for i := 0; !s.Park(); i++ {
		p := bytes.Repeat([]byte{byte(i)}, 1000)
		want.Write(p)
		if n, err := s.Write(p); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
		if i == 10_000 {
			t.Fatal("the kernel takes everything")
		}
	}
	for range 5 { // and what is said nevertheless waits, in order
		want.WriteString("late")
		if _, err := s.Write([]byte("late")); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it waited: %v", took)
	}
	got := make([]byte, want.Len())
	if _, err := io.ReadFull(theirs, got); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("something else arrived, %v", err)
	}
	for <-emptied; s.Park(); <-emptied { // not full any more, though what came late may have filled it anew
	}
	s.Cork()
	for _, p := range []string{"a", "b", "c"} {
		if _, err := s.Write([]byte(p)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Uncork(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(theirs, got[:3]); err != nil || string(got[:3]) != "abc" {
		t.Errorf("%q %v", got[:3], err)
	}
}

func TestSocket_WhoDoesNotReadIsCut(t *testing.T) {
	ours, _ := pair(t)
	s := pump.NewSocket(ours, 100*time.Millisecond, func() { t.Error("emptied") })
	var err error
	for range 1000 { // no more waits than may
		if _, err = s.Write(make([]byte, 8<<10)); err != nil {
			break
		}
	}
	if !errors.Is(err, pump.ErrSlow) {
		t.Errorf("got %v", err)
	}
	if !s.Park() {
		t.Error("nothing waits")
	}
	if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("it is open still: %v", err)
	}
}

func TestSocket_OverWhatIsNoTCP(t *testing.T) {
	ours, theirs := net.Pipe()
	s := pump.NewSocket(ours, 10*time.Second, func() {})
	if _, err := s.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(theirs, got); err != nil || string(got) != "hello" {
		t.Errorf("%q %v", got, err)
	}
	_, _ = ours.Close(), theirs.Close()
}

type job struct {
	flushed atomic.Int64
	wait    chan struct{}
}

func (j *job) Flush() {
	j.flushed.Add(1)
	if j.wait != nil {
		<-j.wait
	}
}

func TestPool_FlushesEverythingOnceInTurn(t *testing.T) {
	p := pump.NewPool(3)
	jobs := make([]job, 1000)
	var pushers sync.WaitGroup
	for half := range 2 {
		pushers.Go(func() {
			for i := half; i < len(jobs); i += 2 {
				p.Push(&jobs[i])
			}
		})
	}
	pushers.Wait()
	p.Close()
	p.Push(&jobs[0])
	for i := range jobs {
		if n := jobs[i].flushed.Load(); n != 1 {
			t.Errorf("job %d was flushed %d times", i, n)
		}
	}
}

func TestPool_PushAllocatesNothing(t *testing.T) {
	p := pump.NewPool(1)
	defer p.Close()
	var j job
	if n := testing.AllocsPerRun(1000, func() { p.Push(&j) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

type spoke struct{ ticks []time.Time }

func (s *spoke) Tick(now time.Time) { s.ticks = append(s.ticks, now) }

func TestWheel_LooksOnceATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pump.NewWheel(10 * time.Second)
		spokes := make([]spoke, 100)
		slots := make([]int, 100)
		for i := range spokes {
			slots[i] = w.Add(&spokes[i])
		}
		time.Sleep(60*time.Second + time.Millisecond)
		synctest.Wait()
		at := map[time.Time]int{}
		for i := range spokes {
			w.Remove(&spokes[i], slots[i])
			if n := len(spokes[i].ticks); n != 6 {
				t.Errorf("spoke %d was looked at %d times in six turns", i, n)
			}
			for _, tick := range spokes[i].ticks {
				at[tick]++
			}
		}
		for when, n := range at {
			if n > 2 {
				t.Errorf("%d at once, at %v", n, when)
			}
		}
		time.Sleep(20 * time.Second)
		w.Close()
		if n := len(spokes[0].ticks); n != 6 {
			t.Errorf("looked at %d times after it was removed", n-6)
		}
	})
}

func TestListen_HangsUpOnWhoIsTooMany(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := pump.Listen(inner, 1)
	accepted := make(chan net.Conn, 3)
	go func() {
		defer close(accepted)
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a := dial()
	first := <-accepted
	b := dial()
	if _, err := b.Read(make([]byte, 1)); err == nil {
		t.Error("the second is let in")
	}
	_ = first.Close()
	_ = first.Close() // once is enough
	c := dial()
	third := <-accepted
	_ = l.Close()
	for range accepted {
		t.Error("one more")
	}
	for _, open := range []net.Conn{a, b, c, third} {
		_ = open.Close()
	}
}
