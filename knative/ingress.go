package knative

import (
	"errors"
	"net/http"
	"time"

	"tourbillon/events"
	"tourbillon/internal/web"
)

// Broker is the Broker's ingress: POST a CloudEvent, in binary or structured
// mode, and it answers 202 once the transport has it. It reports false where
// there is no such Broker. Which path it has is the caller's to say.
func (r *Runner) Broker(name string) (http.Handler, bool) {
	b, ok := r.brokers[name]
	if !ok {
		return nil, false
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { b.serve(w, req) }), true
}

func (b *broker) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions && b.class.greets {
		w.Header().Set("Allow", "POST, OPTIONS")
		return
	}
	if r.Method != http.MethodPost {
		web.NotAllowed(w, http.MethodPost, "POST a CloudEvent.")
		return
	}
	ce, err := events.ReadHTTP(r, maxBody)
	if err == nil {
		err = ce.Validate() // by the rules of those who publish it
	}
	if err != nil {
		b.class.notAnEvent(err).Write(w)
		return
	}
	if err := b.Publish(r.Context(), ce); err != nil {
		web.Problem{
			Kind: "again", Title: "Event cannot be taken now", Status: b.class.jammed,
			Detail: "The broker is full or stopping. Send the event again later.", After: time.Second,
		}.Write(w)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// notAnEvent is the problem of what was sent and is no CloudEvent.
func (c *class) notAnEvent(err error) web.Problem {
	p := web.Problem{
		Kind: string(events.HTTPInvalid), Title: "Not a CloudEvent that can be taken", Status: http.StatusBadRequest,
		Detail: "An attribute breaks the specification.",
	}
	var no *events.HTTPError
	if errors.As(err, &no) {
		p.Kind, p.Status, p.Detail = string(no.Problem), no.Status, no.Advice
	}
	if p.Status == http.StatusRequestEntityTooLarge {
		p.Status = c.tooLong
	}
	return p
}
