package breaker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"tourbillon/internal/arrow"
)

// Settings is when a breaker opens, and for how long. A figure that is 0 is
// the default.
type Settings struct {
	Failures int           // in a row, that open it: 5
	Lasting  time.Duration // how long they must have gone on, from the begin of the first: 1 s
	Open     time.Duration // how long it refuses before it tries again: 5 s
	Probes   int           // calls that it then lets through, and that must all go well: 2
	Log      *slog.Logger  // nil: [slog.Default]
}

// ErrOpen is a call that was not made, because those before it failed.
var ErrOpen = errors.New("not asked: it has not answered for a while")

// Breaker is one circuit breaker. Make it with [New]. Safe for concurrent use.
type Breaker struct {
	name    string
	failed  error // what a refusal is, besides ErrOpen; nil: nothing else
	open    time.Duration
	log     *slog.Logger
	circuit *gobreaker.TwoStepCircuitBreaker[any]
	refused atomic.Uint64

	mu      sync.Mutex
	failing time.Time // when the first of the failures in a row began; zero: there are none
	opened  time.Time // when it opened after it had been closed
	until   time.Time // when it will try again
}

// New returns a breaker, closed. Its name is told in logs, metrics and errors.
func New(name string, s Settings) *Breaker {
	b := &Breaker{name: name, open: cmp.Or(s.Open, 5*time.Second), log: cmp.Or(s.Log, slog.Default())}
	failures, lasting := uint32(cmp.Or(s.Failures, 5)), cmp.Or(s.Lasting, time.Second)
	b.circuit = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Name:        name,
		MaxRequests: uint32(cmp.Or(s.Probes, 2)),
		Timeout:     b.open,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.ConsecutiveFailures >= failures && b.failingFor() >= lasting
		},
		OnStateChange: b.changed,
		IsExcluded:    func(err error) bool { return errors.Is(err, errUnknown) },
	})
	return b
}

// Name returns the breaker's name.
func (b *Breaker) Name() string { return b.name }

// State is "closed", "half-open" or "open".
func (b *Breaker) State() string { return b.circuit.State().String() }

// Refused returns how many calls were not made so far.
func (b *Breaker) Refused() uint64 { return b.refused.Load() }

// verdict is what the end of a call says of the other side.
type verdict int

const (
	answered verdict = iota
	failed
	unknown // nothing
)

// The words of a call's end to the library.
var (
	errFailed  = errors.New("failed")
	errUnknown = errors.New("unknown")
)

// enough is how long a call must have been given before its deadline says
// something of the other side and not of the caller.
const enough = time.Second

// judge looks at the caller first, and then at what the error says.
func judge(ctx context.Context, took time.Duration, err error, says func(error) verdict) verdict {
	switch v := says(err); {
	case err == nil:
		return answered
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, context.Canceled):
		return unknown
	case v == failed && ctx.Err() != nil && took < enough:
		return unknown
	default:
		return v
	}
}

// timeout reports whether an error is somebody's who waited in vain.
func timeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// do makes a call, unless the breaker is open. says is what an error says of
// the other side.
func do[T any](ctx context.Context, b *Breaker, says func(error) verdict, call func() (T, error)) (result T, err error) {
	if err := ctx.Err(); err != nil {
		return result, err
	}
	done, err := b.circuit.Allow()
	if err != nil {
		return result, b.refuse()
	}
	began, v := time.Now(), failed // unless it comes back: a call may panic
	defer func() {
		switch v {
		case answered:
			b.since(time.Time{})
			done(nil)
		case failed:
			b.since(began)
			done(errFailed)
		default:
			done(errUnknown)
		}
	}()
	result, err = call()
	v = judge(ctx, time.Since(began), err, says)
	return result, err
}

// since notes when the failures in a row began; zero ends them.
func (b *Breaker) since(began time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if began.IsZero() || b.failing.IsZero() {
		b.failing = began
	}
}

func (b *Breaker) failingFor() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failing.IsZero() {
		return 0
	}
	return time.Since(b.failing)
}

// refuse is the answer to a call that is not made. Where others are trying it
// already, there will be news in a moment.
func (b *Breaker) refuse() error {
	b.refused.Add(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	err := fmt.Errorf("%s: %w", b.name, ErrOpen)
	if b.failed != nil {
		err = fmt.Errorf("%w: %w", b.failed, ErrOpen)
	}
	return &arrow.AgainError{Err: err, After: max(time.Until(b.until), time.Second)}
}

// changed notes and logs a change of state: one line when it opens and one
// when it closes, however often it tries in between. The library calls it with
// its lock held.
func (b *Breaker) changed(_ string, from, to gobreaker.State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if to == gobreaker.StateOpen {
		b.until = now.Add(b.open)
	}
	switch {
	case from == gobreaker.StateClosed:
		b.opened = now
		b.log.Warn("breaker opened: it is asked no more until it may answer again", "breaker", b.name, "failing", now.Sub(b.failing).Round(time.Millisecond))
	case to == gobreaker.StateClosed:
		b.failing = time.Time{}
		b.log.Info("breaker closed: it answers again", "breaker", b.name, "after", now.Sub(b.opened).Round(time.Millisecond))
	default:
		b.log.Debug("breaker", "breaker", b.name, "state", to.String())
	}
}
