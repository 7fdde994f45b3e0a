package post_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/post"
)

func TestPerSecond(t *testing.T) {
	for turns, saved := range map[float64]int{10: 10, 2.5: 3, 1: 1, 0.5: 1} {
		synctest.Test(t, func(t *testing.T) {
			l := post.PerSecond(turns)
			every := time.Duration(float64(time.Second) / turns)
			for range saved {
				if wait, err := l.Take(t.Context()); wait != 0 || err != nil {
					t.Fatalf("%v each second: %v, %v", turns, wait, err)
				}
			}
			for range 5 { // who is told to wait has taken nothing
				if wait, _ := l.Take(t.Context()); wait <= 0 || wait > every+time.Microsecond {
					t.Errorf("%v each second: wait for %v", turns, wait)
				}
			}
			time.Sleep(every + time.Microsecond)
			if wait, _ := l.Take(t.Context()); wait != 0 {
				t.Errorf("%v each second: wait for %v still", turns, wait)
			}
		})
	}
}

func TestPerSecond_AtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := post.PerSecond(5)
		var mu sync.Mutex
		taken := 0
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if wait, _ := l.Take(t.Context()); wait == 0 {
					mu.Lock()
					taken++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if taken != 5 {
			t.Errorf("%d turns at once, want 5", taken)
		}
	})
}

func TestPerHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p post.PerHour
		take := func(key string) time.Duration {
			t.Helper()
			wait, err := p.Take(t.Context(), key, 12)
			if err != nil {
				t.Fatal(err)
			}
			return wait
		}
		for range 12 {
			if wait := take("camille:interest"); wait != 0 {
				t.Fatalf("wait for %v", wait)
			}
		}
		for range 3 { // who is told to wait has taken nothing
			if wait := take("camille:interest"); wait <= 0 || wait > 5*time.Minute+time.Microsecond {
				t.Errorf("above its share it waits for %v", wait)
			}
		}
		for _, other := range []string{"camille:receipt", "ada:interest"} {
			if wait := take(other); wait != 0 {
				t.Errorf("%s waits for %v, and is another", other, wait)
			}
		}
		time.Sleep(5*time.Minute + time.Microsecond)
		if first, second := take("camille:interest"), take("camille:interest"); first != 0 || second <= 0 {
			t.Errorf("an hour's twelfth later: %v, and then %v", first, second)
		}
	})
}

// TestPerHour_Bounded holds that it costs no more memory whoever comes, and that
// who comes often is not forgotten for that.
func TestPerHour_Bounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p post.PerHour
		take := func(key string) time.Duration {
			wait, _ := p.Take(t.Context(), key, 1)
			return wait
		}
		take("often")
		for n := range 50_000 {
			if wait := take("key-" + strconv.Itoa(n)); wait != 0 {
				t.Fatalf("the %dth waits for %v", n, wait)
			}
			if n%5_000 == 0 && take("often") == 0 {
				t.Fatalf("who comes often is forgotten after %d", n)
			}
			if kept := post.Kept(&p); kept > 20_000 {
				t.Fatalf("%d are kept", kept)
			}
		}
		if take("key-49999") == 0 {
			t.Error("the last is forgotten")
		}
	})
}

func TestPerHour_AtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p post.PerHour
		var taken atomic.Int64
		var all sync.WaitGroup
		for n := range 100 {
			all.Go(func() {
				if wait, _ := p.Take(t.Context(), strconv.Itoa(n%2), 5); wait == 0 {
					taken.Add(1)
				}
			})
		}
		all.Wait()
		if n := taken.Load(); n != 10 {
			t.Errorf("%d turns at once, want 5 of each", n)
		}
	})
}

func TestSend_NoTurnsLeftIsTheNextsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(func(all []post.Provider) { all[0].Limit, all[1].Limit = post.PerSecond(1), post.PerSecond(0.1) })
		for _, want := range []string{"1", "2"} {
			if r, err := o.Send(t.Context(), mail(booking.CategoryReceipt)); err != nil || r.ID != want {
				t.Errorf("%+v, %v, want %s", r, err, want)
			}
		}
		_, err := o.Send(t.Context(), mail(booking.CategoryInterest))
		if code, after := arrow.Status(err); code != 503 || after <= 0 || after > time.Second+time.Microsecond {
			t.Errorf("%d after %v: %v", code, after, err)
		}
		time.Sleep(time.Second + time.Microsecond)
		if r, err := o.Send(t.Context(), mail(booking.CategoryInterest)); err != nil || r.ID != "1" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// broken is a limiter that nobody can ask.
type broken struct{}

// Take fails.
func (broken) Take(context.Context) (time.Duration, error) { return time.Hour, errors.New("down") }

func TestSend_ALimiterThatIsDownStopsNoMessage(t *testing.T) {
	o := open(func(all []post.Provider) { all[0].Limit = broken{} })
	if r, err := o.Send(t.Context(), mail(booking.CategoryEnding)); err != nil || r.ID != "1" {
		t.Errorf("%+v, %v", r, err)
	}
}
