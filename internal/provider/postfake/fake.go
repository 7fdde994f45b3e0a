package postfake

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The providers.
const (
	SendGrid = "sendgrid"
	Mailgun  = "mailgun"
	Twilio   = "twilio"
	SNS      = "sns"
)

// Providers returns all of them.
func Providers() []string { return []string{SendGrid, Mailgun, Twilio, SNS} }

// Fake is the four providers, an [net/http.Handler]. Make it with [New]. Safe for
// concurrent use.
type Fake struct {
	now func() time.Time
	mux *http.ServeMux

	mu      sync.Mutex
	states  map[string]State
	asked   map[string]int  // by provider
	stopped map[string]bool // numbers that said STOP
	kept    []*Message      // the oldest first
	known   map[string]*Message
}

// New returns four providers that are up and have sent nothing. now is their
// clock; nil: the real one.
func New(now func() time.Time) *Fake {
	if now == nil {
		now = time.Now
	}
	f := &Fake{
		now: now, mux: http.NewServeMux(),
		states: map[string]State{}, asked: map[string]int{}, stopped: map[string]bool{}, known: map[string]*Message{},
	}
	for _, d := range desks {
		f.mux.HandleFunc(d.at, func(w http.ResponseWriter, r *http.Request) { f.serve(d, w, r) })
	}
	return f
}

// answer is what a provider says to a request.
type answer struct {
	status int
	header map[string]string
	body   string
}

func (a *answer) write(w http.ResponseWriter) {
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body) // who is gone does not need it
}

// request is one that was read, at one of the providers.
type request struct {
	*http.Request
	body  []byte
	state State
}

// desk is how one provider speaks.
type desk struct {
	name   string
	at     string                                       // the pattern of its path
	most   int64                                        // bytes of a request
	read   func(*Fake, request) (Message, *answer)      // the message that is asked for, or why it is not sent
	accept func(Message) answer                         // how it says that it has the message
	wrong  func(status int, why string) (words *answer) // how it says what is wrong with everything
}

// desks are all.
var desks = []desk{
	{SendGrid, "POST /v3/mail/send", 30 << 20, (*Fake).sendGrid, sendGridHas, sendGridWrong},
	{Mailgun, "POST /v3/{domain}/messages", 25 << 20, (*Fake).mailgun, mailgunHas, mailgunWrong},
	{Twilio, "POST /2010-04-01/Accounts/{account}/Messages.json", 64 << 10, (*Fake).twilio, twilioHas, twilioWrong},
	{SNS, "POST /{$}", 1 << 20, (*Fake).sns, snsHas, snsWrong},
}

// Patterns returns what the paths of the providers match, for who serves them
// beside others.
func Patterns() (all []string) {
	for _, d := range desks {
		all = append(all, d.at)
	}
	return all
}

// ServeHTTP answers as the providers would. An answer that is lost, and a
// provider that is down, end in a panic with [http.ErrAbortHandler], which closes
// the connection.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

func (f *Fake) serve(d desk, w http.ResponseWriter, r *http.Request) {
	state := f.turn(d.name)
	switch state.Is {
	case Down:
		panic(http.ErrAbortHandler)
	case Unavailable:
		d.wrong(http.StatusServiceUnavailable, "Service Unavailable").write(w)
		return
	case Busy:
		a := d.wrong(http.StatusTooManyRequests, "Too Many Requests")
		a.header["Retry-After"] = strconv.Itoa(max(1, state.RetryAfter))
		a.write(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, d.most))
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		d.wrong(http.StatusRequestEntityTooLarge, "Request Entity Too Large").write(w)
		return
	}
	if err != nil {
		panic(http.ErrAbortHandler) // who asked is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	m, no := d.read(f, request{r, body, state})
	if no != nil {
		no.write(w)
		return
	}
	m.Provider = d.name
	f.keep(m)
	if state.Is == Lose {
		panic(http.ErrAbortHandler)
	}
	yes := d.accept(m)
	yes.write(w)
}

// said is an answer in JSON. v is one of ours, and so always JSON.
func said(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return answer{status, map[string]string{"Content-Type": "application/json"}, string(body)}
}

// id is one that no message had before.
func id(prefix string) string {
	return prefix + strings.ToLower(rand.Text()) + strings.ToLower(rand.Text())[:6]
}

// refuses reports whether a recipient is one that is refused.
func (r request) refuses(to string) bool { return slices.Contains(r.state.Refuses, to) }
