package fake

import (
	"net/http"
	"strings"
	"time"
)

// memory is what is remembered of an idempotency key.
type memory struct {
	print  string
	at     time.Time
	answer *answer // nil: the first request is at it
}

// ServeHTTP answers as Stripe would. An answer that is lost ends in a panic
// with [http.ErrAbortHandler], which closes the connection.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, err := readRequest(r)
	if err != nil {
		refuse(http.StatusBadRequest, failure{Type: invalid, Message: "The request cannot be read."}).write(w, q)
		return
	}
	a := f.serve(r, q)
	f.tell()
	if a.slow && f.Sleep(r.Context(), f.Slow) != nil || a.lost {
		panic(http.ErrAbortHandler)
	}
	a.write(w, q)
}

func (f *Fake) serve(r *http.Request, q request) answer {
	fault, no := f.admit(r, q)
	if no != nil {
		no.lost = no.lost || fault.Lose
		return *no
	}
	gone := false
	switch {
	case fault.Hang:
		<-r.Context().Done()
		return f.leave(q)
	case fault.Refuse:
		return f.leave(q)
	case fault.Later > 0:
		f.mu.Lock()
		defer f.mu.Unlock()
		f.later(fault.Later, func() { f.finish(q, fault) })
		return answer{lost: true}
	case fault.Delay > 0:
		gone = f.Sleep(r.Context(), fault.Delay) != nil // it is done all the same
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.finish(q, fault)
	a.lost = a.lost || gone || fault.Lose
	return a
}

// admit lets a request in, with the fault that it is to have, or answers it
// at the door.
func (f *Fake) admit(r *http.Request, q request) (Fault, *answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	f.pass()
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || key == "" || f.Key != "" && key != f.Key {
		return Fault{}, new(refuse(http.StatusUnauthorized, failure{Type: invalid, Message: "Invalid API Key provided: " + key}))
	}
	if q.key != "" {
		f.requests[q.key]++
	}
	fault := f.fault(q)
	if fault.atTheDoor() {
		return fault, new(fault.answer())
	}
	if q.key == "" || q.method != http.MethodPost {
		return fault, nil
	}
	known := f.keys[q.key]
	switch {
	case known == nil, known.answer != nil && f.Now().Sub(known.at) >= remembers:
		f.keys[q.key] = &memory{print: q.print, at: f.Now()}
		return fault, nil
	case known.print != q.print:
		return fault, new(refuse(http.StatusBadRequest, failure{Type: "idempotency_error",
			Message: "Keys for idempotent requests can only be used with the same parameters they were first used with."}))
	case known.answer == nil:
		return fault, new(refuse(http.StatusConflict, failure{Type: "idempotency_error", Code: "idempotency_key_in_use",
			Message: "There is currently another in-progress request using this idempotency key."}))
	}
	a := *known.answer
	a.replayed = true
	return fault, &a
}

// leave forgets a request of which nothing was done.
func (f *Fake) leave(q request) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.keys, q.key)
	return answer{lost: true}
}

// finish does what is asked, and remembers the answer.
func (f *Fake) finish(q request, fault Fault) answer {
	var a answer
	if fault.Status == 0 || fault.Done {
		a = f.do(q)
	}
	if fault.Status != 0 {
		a = fault.answer()
	}
	if known := f.keys[q.key]; known != nil && q.method == http.MethodPost {
		kept := a
		kept.lost, kept.slow = false, false
		known.answer = &kept
		if !a.kept {
			delete(f.keys, q.key)
		}
	}
	if fault.Body != "" {
		a.body = []byte(fault.Body)
	}
	return a
}

// do is the API's table of contents.
func (f *Fake) do(q request) answer {
	parts := strings.Split(strings.TrimPrefix(q.path, "/v1/"), "/")
	id := ""
	if len(parts) > 1 {
		id, parts[1] = parts[1], "*"
	}
	to, ok := routes[q.method+" "+strings.Join(parts, "/")]
	if !ok {
		return refuse(http.StatusNotFound, failure{Type: invalid, Message: "Unrecognized request URL (" + q.method + ": " + q.path + ")."})
	}
	if p := q.strange(to.params...); p != "" {
		return refuse(http.StatusBadRequest, failure{Type: invalid, Code: "parameter_unknown", Param: p, Message: "Received unknown parameter: " + p})
	}
	return to.do(f, q, id)
}

// route is one request that is known, with its parameters.
type route struct {
	do     func(f *Fake, q request, id string) answer
	params []string
}

var routes = map[string]route{
	"GET balance": {func(*Fake, request, string) answer {
		return stored(http.StatusOK, map[string]any{"object": "balance", "livemode": false, "available": []any{}, "pending": []any{}})
	}, nil},
	"GET payment_intents": {func(*Fake, request, string) answer {
		return stored(http.StatusOK, list{Object: "list", URL: "/v1/payment_intents", Data: []any{}})
	}, []string{"limit"}},
	"POST payment_intents": {func(f *Fake, q request, _ string) answer { return f.createIntent(q) },
		[]string{"amount", "currency", "payment_method", "payment_method_types", "capture_method", "metadata", "expand"}},
	"GET payment_intents/*":          {ofIntent((*Fake).shown), []string{"expand"}},
	"POST payment_intents/*/confirm": {ofIntent((*Fake).confirmIntent), []string{"return_url", "expand"}},
	"POST payment_intents/*/cancel":  {ofIntent((*Fake).cancelIntent), []string{"cancellation_reason", "expand"}},
	"POST refunds": {func(f *Fake, q request, _ string) answer { return f.createRefund(q) },
		[]string{"payment_intent", "amount", "reason", "metadata"}},
	"GET refunds": {func(f *Fake, q request, _ string) answer { return f.listRefunds(q) },
		[]string{"payment_intent", "limit", "starting_after"}},
	"GET refunds/*": {func(f *Fake, _ request, id string) answer {
		if r := f.refunds[id]; r != nil {
			return stored(http.StatusOK, r.object())
		}
		return missing("refund", id)
	}, nil},
}

func ofIntent(do func(*Fake, *intent, request) answer) func(*Fake, request, string) answer {
	return func(f *Fake, q request, id string) answer {
		i := f.intents[id]
		if i == nil {
			return missing("intent", id)
		}
		return do(f, i, q)
	}
}
