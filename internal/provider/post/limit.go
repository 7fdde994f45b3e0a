package post

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tourbillon/internal/provider/outcome"
)

// Limiter is how often a provider may be asked. Take takes a turn and returns 0,
// or takes none and returns how long it is until there is one. An error is that
// nobody knows. Safe for concurrent use.
type Limiter interface {
	Take(ctx context.Context) (wait time.Duration, err error)
}

// PerSecond returns turns for the providers of this process alone: so many each
// second, saved up for one second, and always for one turn.
func PerSecond(turns float64) Limiter {
	return bucket{rate.NewLimiter(rate.Limit(turns), max(1, int(math.Ceil(turns))))}
}

type bucket struct{ *rate.Limiter }

// Take implements [Limiter].
func (b bucket) Take(context.Context) (time.Duration, error) {
	now := time.Now()
	turn := b.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait > 0 {
		turn.CancelAt(now)
	}
	return wait, nil
}

// PerHour are turns of many, each by a key, for this process alone: so many each
// hour, which may be taken at once. The zero value is ready. Safe for concurrent
// use.
type PerHour struct {
	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

// most bounds how many keys are kept, to twice as many: of more, who has taken no
// turn for longest is forgotten, as if they had never taken one.
const most = 10_000

// Take takes a turn of key and returns 0, or takes none and returns how long it
// is until there is one.
func (p *PerHour) Take(ctx context.Context, key string, perHour int) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.young[key]
	if !ok {
		if l, ok = p.old[key]; !ok {
			l = rate.NewLimiter(rate.Every(time.Hour/time.Duration(perHour)), perHour)
		}
		if p.young == nil || len(p.young) >= most {
			p.old, p.young = p.young, make(map[string]*rate.Limiter)
		}
		p.young[key] = l
	}
	return bucket{l}.Take(ctx)
}

// rests are how long providers are not to be asked, because they said so.
type rests struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// left is how long the provider still rests.
func (r *rests) left(name string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, time.Until(r.until[name]))
}

func (r *rests) rest(name string, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if until := time.Now().Add(d); d > 0 && until.After(r.until[name]) {
		r.until[name] = until
	}
}

// held is a provider that is not asked now.
func held(name, why string, wait time.Duration) error {
	return &outcome.NotSentError{Err: fmt.Errorf("%s: not asked: %s", name, why), After: wait}
}
