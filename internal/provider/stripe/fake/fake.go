package fake

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// Version is the API's version that events carry.
const Version = "2026-06-24.dahlia"

// remembers is how long an idempotency key is.
const remembers = 24 * time.Hour

// Settings is how the fake behaves. The zero value takes any key, keeps real
// time and tells nobody.
type Settings struct {
	Key   string                                           // the only secret key that it knows; empty: any
	Now   func() time.Time                                 // nil: time.Now
	Sleep func(ctx context.Context, d time.Duration) error // nil: really
	Late  time.Duration                                    // when what comes later comes; 0: 5 minutes
	Slow  time.Duration                                    // how long tok_slow takes to answer; 0: 25 s
	Bank  string                                           // the page of a bank that wants to see the customer, before the intent's id
	Emit  func(event []byte)                               // hears every event once, in order, in the goroutine that caused it; nil: nobody
}

// Fake is the provider, an [net/http.Handler]. Safe for concurrent use.
type Fake struct {
	Settings

	mu       sync.Mutex
	intents  map[string]*intent
	refunds  map[string]*refund
	order    []*intent
	attempts map[string]int // intents by booking
	keys     map[string]*memory
	requests map[string]int // by idempotency key
	calls    int
	faults   []Fault
	pending  []pending
	outbox   [][]byte
	lastID   int
}

// New returns a fake with nothing in its books.
func New(s Settings) *Fake {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Sleep == nil {
		s.Sleep = sleep
	}
	s.Late = cmp.Or(s.Late, 5*time.Minute)
	s.Slow = cmp.Or(s.Slow, 25*time.Second)
	s.Bank = cmp.Or(s.Bank, "https://hooks.stripe.com/3d_secure_2/hosted/")
	return &Fake{
		Settings: s, intents: make(map[string]*intent), refunds: make(map[string]*refund),
		attempts: make(map[string]int), keys: make(map[string]*memory), requests: make(map[string]int),
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pending is what will happen at a time.
type pending struct {
	at time.Time
	do func()
}

func (f *Fake) later(d time.Duration, do func()) {
	f.pending = append(f.pending, pending{f.Now().Add(d), do})
}

// pass does what is due.
func (f *Fake) pass() {
	now := f.Now()
	for i := 0; i < len(f.pending); {
		p := f.pending[i]
		if now.Before(p.at) {
			i++
			continue
		}
		f.pending = append(f.pending[:i], f.pending[i+1:]...)
		p.do()
	}
}

// Pass lets what is due by now happen, and tells of it.
func (f *Fake) Pass() {
	f.mu.Lock()
	f.pass()
	f.mu.Unlock()
	f.tell()
}

// Next is when something will happen by itself, or zero.
func (f *Fake) Next() (at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.pending {
		if at.IsZero() || p.at.Before(at) {
			at = p.at
		}
	}
	return at
}

// Pending is how much will happen later.
func (f *Fake) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.pending)
}

// id returns a new identifier of a kind.
func (f *Fake) id(kind string) string {
	f.lastID++
	return fmt.Sprintf("%s_fake%020d", kind, f.lastID)
}

// Calls is how many requests there were.
func (f *Fake) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// Requests is how many requests there were under each idempotency key.
func (f *Fake) Requests() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.requests)
}
