package postfake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// How a provider may be.
const (
	Up          = "up"
	Down        = "down"        // the connection is closed before the request is read
	Unavailable = "unavailable" // 503, and nothing is done
	Busy        = "busy"        // 429, and nothing is done
	Lose        = "lose"        // the message is accepted, and the answer is lost
)

// State is how a provider is. The zero value is one that is up.
type State struct {
	Is         string   `json:"is"`                   // empty: up
	Times      int      `json:"times,omitempty"`      // for how many requests, after which it is up; 0: until it is set again
	RetryAfter int      `json:"retryAfter,omitempty"` // busy: seconds; 0: one
	Refuses    []string `json:"refuses,omitempty"`    // recipients that it refuses for good, as long as this holds
}

// Set is how a provider is from now on. It returns an error, and nothing changes,
// where there is no such provider or state.
func (f *Fake) Set(provider string, s State) error {
	all := []string{"", Up, Down, Unavailable, Busy, Lose}
	switch {
	case !slices.Contains(Providers(), provider):
		return fmt.Errorf("there is no provider %q: there are %s", provider, strings.Join(Providers(), ", "))
	case !slices.Contains(all, s.Is):
		return fmt.Errorf("a provider is not %q: it is %s", s.Is, strings.Join(all[1:], ", "))
	case s.Times < 0 || s.RetryAfter < 0:
		return fmt.Errorf("%d times, after %d seconds: write what is not below 0", s.Times, s.RetryAfter)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states[provider] = s
	return nil
}

// turn is how a provider is for one request, which is counted.
func (f *Fake) turn(provider string) State {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked[provider]++
	s := f.states[provider]
	if s.Times > 0 {
		left := s
		if left.Times--; left.Times == 0 {
			left.Is = Up
		}
		f.states[provider] = left
	}
	return s
}

// Standing is how a provider is, and how often it was asked.
type Standing struct {
	State
	Asked int `json:"asked"`
}

// Standings returns how each provider is.
func (f *Fake) Standings() map[string]Standing {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]Standing{}
	for _, p := range Providers() {
		s := Standing{f.states[p], f.asked[p]}
		s.Is = cmp.Or(s.Is, Up)
		all[p] = s
	}
	return all
}

// Stop has Twilio refuse a number, as who says STOP with it wants.
func (f *Fake) Stop(number string) { f.stop(number, true) }

// Start undoes [Fake.Stop].
func (f *Fake) Start(number string) { f.stop(number, false) }

func (f *Fake) stop(number string, stopped bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped[number] = stopped
}

func (f *Fake) saidStop(number string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stopped[number]
}
