package request

import (
	"net/http"
	"slices"
	"strings"

	"tourbillon/internal/web"
)

var otherOrigin = web.Problem{
	Kind: "origin-not-allowed", Title: "Origin may not send", Status: http.StatusForbidden,
	Detail: "Send your name as the header WebHook-Request-Origin, once, and have the operators allow it.",
}

// shakeHands answers CloudEvents' handshake for webhooks: who sends events for
// others asks whether we want them, lest it be made to flood a stranger. It is
// no leave to come in: who does not ask may send too. An origin is allowed by
// its whole name alone, and never by calling back, for who asks chooses the
// address. They may send as fast as anybody.
func (d Door) shakeHands(w http.ResponseWriter, r *http.Request) error {
	asks := r.Header.Values("WebHook-Request-Origin")
	if len(asks) != 1 || !slices.ContainsFunc(d.Origins, func(o string) bool { return strings.EqualFold(o, asks[0]) }) {
		return otherOrigin
	}
	w.Header().Set("WebHook-Allowed-Origin", asks[0])
	w.Header().Set("WebHook-Allowed-Rate", "*")
	w.Header().Set("Allow", http.MethodPost)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
