package knative

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// maxBody is the most bytes of body that are read, of an event or an answer.
const maxBody = 1 << 20

// maxQuote is how much of a failure's body a dead letter quotes.
const maxQuote = 1024

// address is a target elsewhere: one HTTP exchange a delivery, in binary mode.
type address struct {
	url     string
	prefers bool
	ours    bool // a function of this system, whose problems hold nobody's data
	client  *http.Client
}

// below is a path at an address, as Knative finds it. No path is the address.
func below(at, path string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	to, err := u.Parse(path)
	if err != nil {
		return at
	}
	return to.String()
}

// direct returns the client, following no redirect: what is moved would be
// asked for, not posted, and no broker follows.
func direct(c *http.Client) *http.Client {
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

func (a *address) send(ctx context.Context, ce event.Event) outcome {
	h := http.Header{}
	body, err := events.WriteHTTP(h, ce)
	if err != nil {
		return outcome{status: http.StatusInternalServerError, why: "the event cannot be written as HTTP"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return outcome{why: "the address is none"}
	}
	req.Header = h
	if a.prefers {
		h.Set("Prefer", "reply")
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return outcome{why: network(err)}
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	_ = resp.Body.Close() // what was wrong with reading it is known by now
	if err != nil {
		return outcome{why: network(err)}
	}
	return a.read(resp, answer)
}

// network words why nobody answered, without the address that was asked: its
// query may be a secret.
func network(err error) string {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return late
	}
	if u := new(url.Error); errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// read tells an answer that is a CloudEvent from silence and from noise.
func (a *address) read(resp *http.Response, body []byte) outcome {
	o := outcome{status: resp.StatusCode}
	if o.status < 200 || o.status > 299 {
		o.marks = kne(resp.Header)
		o.body = body[:min(len(body), maxQuote)]
		if a.ours && o.status == http.StatusInternalServerError {
			o.why = detail(resp, body)
		}
		return o
	}
	ce, err := events.ReadMessage(resp.Header, bytes.NewReader(body), maxBody)
	var no *events.HTTPError
	switch {
	case err == nil:
		o.reply = &ce
	case len(body) > 0, errors.As(err, &no) && no.Problem != events.HTTPNotEvent:
		o.noise, o.why = true, "its answer is no CloudEvent"
		o.body = body[:min(len(body), maxQuote)]
	}
	return o
}

// detail is what a function of ours says of its problem, which is why an event
// becomes a dead letter.
func detail(resp *http.Response, body []byte) string {
	var problem struct {
		Detail string `json:"detail"`
	}
	if resp.Header.Get("Content-Type") != "application/problem+json" || json.Unmarshal(body, &problem) != nil {
		return ""
	}
	return problem.Detail
}

// kne are the extensions that a failure asks for, by headers kne-*; a name that
// is none is nothing. They do not stand over those of the event's own path.
func kne(h http.Header) map[string]string {
	var all map[string]string
	for name := range h {
		short, ok := strings.CutPrefix(strings.ToLower(name), "kne-")
		if !ok || !attribute.MatchString(short) || short == hops || strings.HasPrefix(short, "knativeerror") {
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		all[short] = h.Get(name)
	}
	return all
}

// withoutQuery is an address as logs may show it.
func withoutQuery(uri string) string {
	before, _, _ := strings.Cut(uri, "?")
	return before
}
