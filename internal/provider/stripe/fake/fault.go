package fake

import (
	"net/http"
	"path"
	"strconv"
	"time"
)

// Fault is what goes wrong with the next requests that it is for. Each of them
// has one fault at most, the oldest that fits.
type Fault struct {
	Method string // empty: any
	Path   string // a pattern of [path.Match], as "/v1/payment_intents/*/confirm"; empty: any
	Times  int    // how many requests it hits; 0: one

	Status int           // answered; of these, the real Stripe remembers 500 alone, and so does the fake
	Code   string        // the error's; empty: as is usual with the status
	After  time.Duration // Retry-After, in whole seconds
	Done   bool          // it is done before that is answered

	Lose   bool          // it is done, and the answer is lost
	Refuse bool          // nothing is done, and the connection is closed
	Hang   bool          // nothing is done, and nothing answered until the client goes
	Delay  time.Duration // it takes so long; a client that does not wait loses the answer
	Later  time.Duration // the answer is lost, and it is done when Now has gone on by this
	Body   string        // written instead of the answer; what was done is
}

// Fail has the next requests have these faults.
func (f *Fake) Fail(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range faults {
		x.Times = max(x.Times, 1)
		f.faults = append(f.faults, x)
	}
}

// fault takes the fault that a request is to have.
func (f *Fake) fault(q request) Fault {
	for n := range f.faults {
		x := &f.faults[n]
		fits, _ := path.Match(x.Path, q.path)
		if x.Method != "" && x.Method != q.method || x.Path != "" && !fits {
			continue
		}
		hit := *x
		if x.Times--; x.Times == 0 {
			f.faults = append(f.faults[:n], f.faults[n+1:]...)
		}
		return hit
	}
	return Fault{}
}

// atTheDoor reports whether a request has its answer before its key is looked
// at.
func (x Fault) atTheDoor() bool {
	return x.Status != 0 && x.Status != http.StatusInternalServerError && !x.Done
}

func (x Fault) answer() answer {
	e := failure{Type: "api_error", Code: x.Code, Message: "An unknown error occurred."}
	switch {
	case x.Status == http.StatusTooManyRequests:
		e.Type = invalid
		if e.Code == "" {
			e.Code = "rate_limit"
		}
	case x.Status == http.StatusConflict:
		e.Type = invalid
		if e.Code == "" {
			e.Code = "lock_timeout"
		}
	case x.Status < http.StatusInternalServerError:
		e.Type = invalid
	}
	a := refuse(x.Status, e)
	a.kept = x.Status == http.StatusInternalServerError
	if x.After > 0 {
		a.after = strconv.Itoa(int(x.After / time.Second))
	}
	if x.Body != "" {
		a.body = []byte(x.Body)
	}
	return a
}
