package webhook

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"tourbillon/internal/arrow"
	"tourbillon/internal/web"
)

// retryAfter is when to send again what could not be taken.
const retryAfter = 5 * time.Second

// The problems that are answered. None says more than its status: who has the
// secret knows what to do, and who has not is told nothing.
var (
	notFound = web.Problem{
		Kind: "not-found", Title: "Not found", Status: http.StatusNotFound, Detail: "No provider posts to this path.",
	}
	notSetUp = web.Problem{
		Kind: "webhook-not-set-up", Title: "Provider is not set up", Status: http.StatusNotFound,
		Detail: "Nothing is taken from this provider here: its secret, or for SNS a topic, is not among the settings.",
	}
	unsigned = web.Problem{
		Kind: "webhook-signature", Title: "Signature is not good", Status: http.StatusUnauthorized, Detail: "It is signed by none of the secrets that are set here, or not now.",
	}
	unreadable = web.Problem{
		Kind: "webhook-malformed", Title: "Body cannot be read", Status: http.StatusBadRequest, Detail: "It is not what this provider sends.",
	}
	tooLarge = web.Problem{
		Kind: "too-large", Title: "Body is too large", Status: http.StatusRequestEntityTooLarge, Detail: "It is larger than what this provider sends.",
	}
	unavailable = web.Problem{
		Kind: "again", Title: "Cannot be done now", Status: http.StatusServiceUnavailable, After: retryAfter, Detail: "Send the same again later.",
	}
	failed = web.Problem{
		Kind: "failed", Title: "Something is broken here", Status: http.StatusInternalServerError, Detail: "The log says more.",
	}
)

// refusal is a delivery that is not taken. Why is for the log: fixed words.
type refusal struct {
	outcome string
	problem web.Problem
	why     string
}

// Error is why.
func (r *refusal) Error() string { return r.why }

func forged(why string) error    { return &refusal{Forged, unsigned, why} }
func stale(why string) error     { return &refusal{Stale, unsigned, why} }
func malformed(why string) error { return &refusal{Malformed, unreadable, why} }

// refused is an error as a refusal: what is none is our own trouble.
func refused(err error) *refusal {
	if r := new(refusal); errors.As(err, &r) {
		return r
	}
	p := unavailable
	_, after := arrow.Status(err)
	p.After = max(p.After, after)
	return &refusal{Failed, p, "trouble of our own"}
}

func answer(w http.ResponseWriter, err error) {
	p := refused(err).problem
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Signature realm="webhooks"`)
	}
	p.Write(w)
}

// private is an error without the address that was asked, which may hold a
// token.
func private(err error) error {
	if asked := new(url.Error); errors.As(err, &asked) {
		return errors.New(asked.Op + ": " + asked.Err.Error())
	}
	return err
}
