package request

import (
	"crypto/rand"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// retryAfter is when to ask again what could not be done.
const retryAfter = 2 * time.Second

// key names what a request asks for, so that asking twice is asking once. One
// that was not given is random.
type key struct {
	id    string
	given bool
}

// key reads the Idempotency-Key. A key is one for its operation and for who
// asks, by the credential that he shows, if any; not for the body, so that
// another body under the same key is noticed.
func (s Settings) key(r *http.Request, operation string) (key, error) {
	switch given := r.Header.Values("Idempotency-Key"); {
	case len(given) == 0:
		return key{id: rand.Text()}, nil
	case len(given) > 1 || !printable(given[0]):
		return key{}, parameter("Idempotency-Key", "send it once, with 1 to 255 printable ASCII characters")
	default:
		return key{s.keyed("key", operation, r.Header.Get("Authorization"), given[0]), true}, nil
	}
}

// strangers is the source of the requests that come as CloudEvents.
const strangers = "/tourbillon/door/events"

// event is what a stranger's event is called in here. Its own source and id
// may be anything, an address too, and an id is told in facts and logs: the
// keyed hash of both is as good a name.
func (s Settings) event(source, id string) string { return s.keyed("event", source, id) }

func printable(s string) bool {
	odd := strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
	return len(s) >= 1 && len(s) <= 255 && !odd
}

// The ids that a path may have. What does not match is not there, and never
// becomes part of a record's key.
var (
	bookingPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)
	catalogPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	tracePattern   = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)
)

func pathID(r *http.Request, pattern *regexp.Regexp) (string, error) {
	id := r.PathValue("id")
	if !pattern.MatchString(id) {
		return "", notFound
	}
	return id, nil
}

// trace is the trace that the request is part of, or "".
func trace(r *http.Request) string {
	if t := r.Header.Get("Traceparent"); tracePattern.MatchString(t) {
		return t
	}
	return ""
}
