package rabbitmq

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"tourbillon/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// living is a session without a server; each life fails to begin as told.
func living(fails ...error) *session {
	return newSession(nil, func(*session, int) error {
		if len(fails) == 0 {
			return nil
		}
		err := fails[0]
		fails = fails[1:]
		return err
	}, make(chan struct{}))
}

func said(s *session, life int) error {
	return s.use(life, func(*amqp.Channel) error { return nil })
}

func TestSession(t *testing.T) {
	t.Run("what belongs to a life before is not said in the next", func(t *testing.T) {
		s := living()
		if err := s.start(); err != nil || said(s, 1) != nil {
			t.Fatalf("the first life: %v", err)
		}
		s.end()
		if !errors.Is(said(s, 1), errGone) {
			t.Error("something was said when no life was under way")
		}
		if err := s.start(); err != nil || said(s, 2) != nil {
			t.Fatalf("the second life: %v", err)
		}
		if !errors.Is(said(s, 1), errGone) {
			t.Error("the first life speaks in the second")
		}
	})
	t.Run("a life under way is not begun twice, for the library asks more than once", func(t *testing.T) {
		s := living()
		_, _ = s.start(), s.start()
		if !s.is(1) {
			t.Error("it is in another life")
		}
	})
	t.Run("a life that does not begin is none", func(t *testing.T) {
		s := living(errors.New("planted"), nil)
		if err := s.start(); err == nil || s.settled() || said(s, 1) == nil {
			t.Errorf("got %v", err)
		}
		if err := s.start(); err != nil || !s.is(2) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("only the life under way can be begun anew", func(t *testing.T) {
		s := living()
		_ = s.start()
		_, _ = s.restart(1), s.restart(1)
		if !s.is(2) {
			t.Error("it is in another life")
		}
	})
	t.Run("a life does not end while somebody speaks", func(t *testing.T) {
		s := living()
		_ = s.start()
		spoken := false
		speaking, ended := make(chan struct{}), make(chan struct{})
		go func() {
			_ = s.use(1, func(*amqp.Channel) error {
				close(speaking)
				for s.mu.TryRLock() { // until the end waits at the door
					s.mu.RUnlock()
					runtime.Gosched()
				}
				spoken = true
				return nil
			})
		}()
		<-speaking
		go func() { s.end(); close(ended) }()
		<-ended
		if !spoken {
			t.Error("it ended")
		}
	})
	t.Run("who waits for a life is told of it, and of its end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := living()
			got := make(chan (<-chan struct{}), 1)
			go func() {
				_, ended, _ := s.await(t.Context())
				got <- ended
			}()
			synctest.Wait()
			_ = s.start()
			ended := <-got
			s.end()
			<-ended
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, _, err := s.await(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("when the link is closed nobody waits any more", func(t *testing.T) {
		shut := make(chan struct{})
		close(shut)
		s := newSession(nil, nil, shut)
		if _, _, err := s.await(t.Context()); !errors.Is(err, events.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestInbox(t *testing.T) {
	b := newInbox()
	for i := range 5 {
		b.put(arrival{life: i})
	}
	for i := range 2 {
		if a, ok := b.take(); !ok || a.life != i {
			t.Errorf("took %d, %v; want %d", a.life, ok, i)
		}
	}
	left := b.stop()
	b.put(arrival{life: 5})
	left = append(left, b.late()...)
	if len(left) != 4 || left[0].life != 2 || left[3].life != 5 {
		t.Errorf("%d are left", len(left))
	}
	if _, ok := b.take(); ok {
		t.Error("something was taken after the end")
	}
}

// TestLeaving stops a consumer with work in hand: it may be finished, and does
// not wait for ever.
func TestLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{inbox: newInbox()}
		ctx, cancel := c.leaving(t.Context())
		defer cancel()
		c.inbox.stop()
		time.Sleep(leaveTime - time.Millisecond)
		if ctx.Err() != nil {
			t.Error("it may not be finished")
		}
		time.Sleep(2 * time.Millisecond)
		if ctx.Err() == nil {
			t.Error("it waits for ever")
		}
	})
}
