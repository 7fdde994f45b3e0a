package remote

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Trouble is what goes wrong on the way to a provider, each with its chance
// per call, from 0 to 1. The zero value is none.
type Trouble struct {
	Refuse float64 `json:"refuse"` // nothing is done, and the answer is 503
	Lose   float64 `json:"lose"`   // it is done, and there is no answer
	Late   float64 `json:"late"`   // it is done, and the answer comes after Delay
	Delay  string  `json:"delay"`  // as 25s
}

// Line is the way to a provider. It counts its calls and has the trouble that
// it was told to have. Safe for concurrent use.
type Line struct {
	to    http.Handler
	sleep func(context.Context, time.Duration) error

	mu      sync.Mutex
	dice    *rand.Rand
	trouble Trouble
	delay   time.Duration
	counts  Counts
}

// Counts is what happened to the calls so far.
type Counts struct {
	Calls   int `json:"calls"`
	Refused int `json:"refused"`
	Lost    int `json:"lost"`
	Late    int `json:"late"`
}

// NewLine returns a line without trouble to h. What the trouble hits follows
// from the seed and the order of the calls.
func NewLine(h http.Handler, seed uint64, sleep func(context.Context, time.Duration) error) *Line {
	return &Line{to: h, sleep: sleep, dice: rand.New(rand.NewPCG(seed, seed))}
}

// Set is the trouble from now on. It returns an error, and nothing changes, if
// the delay is no duration or the chances are none.
func (l *Line) Set(t Trouble) error {
	if sum := t.Refuse + t.Lose + t.Late; min(t.Refuse, t.Lose, t.Late) < 0 || sum > 1 {
		return fmt.Errorf("chances of %g, %g and %g: write each from 0 to 1, together at most 1", t.Refuse, t.Lose, t.Late)
	}
	var delay time.Duration
	if t.Delay != "" {
		var err error
		if delay, err = time.ParseDuration(t.Delay); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble, l.delay = t, delay
	return nil
}

// Counts returns what happened so far.
func (l *Line) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts
}

// fate is what happens to one call.
type fate struct {
	refused, lost bool
	late          time.Duration
}

func (l *Line) draw() (f fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Calls++
	switch at := l.dice.Float64(); {
	case at < l.trouble.Refuse:
		f.refused = true
		l.counts.Refused++
	case at < l.trouble.Refuse+l.trouble.Lose:
		f.lost = true
		l.counts.Lost++
	case at < l.trouble.Refuse+l.trouble.Lose+l.trouble.Late:
		f.late = l.delay
		l.counts.Late++
	}
	return f
}

// ServeHTTP hands the call on, or has its trouble.
func (l *Line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := l.draw()
	if f.refused {
		http.Error(w, "out of order", http.StatusServiceUnavailable)
		return
	}
	if !f.lost && f.late == 0 {
		l.to.ServeHTTP(w, r)
		return
	}
	// Whoever hangs up does not undo it.
	done := &answer{ResponseWriter: w}
	l.to.ServeHTTP(done, r.WithContext(context.WithoutCancel(r.Context())))
	if f.lost || l.sleep(r.Context(), f.late) != nil {
		panic(http.ErrAbortHandler) // the server cuts the line
	}
	done.send()
}

// answer is kept until it is sent.
type answer struct {
	http.ResponseWriter
	status int
	body   []byte
}

// WriteHeader keeps the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write keeps the body.
func (a *answer) Write(p []byte) (int, error) {
	a.body = append(a.body, p...)
	return len(p), nil
}

func (a *answer) send() {
	if a.status != 0 {
		a.ResponseWriter.WriteHeader(a.status)
	}
	_, _ = a.ResponseWriter.Write(a.body) // who is gone does not need it
}
