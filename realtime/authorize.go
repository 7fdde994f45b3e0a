package realtime

import (
	"crypto/sha256"
	"crypto/subtle"
)

// Authorizer says who may watch what. A connection without a token bears the
// empty one, which is always known. Safe for concurrent use.
type Authorizer interface {
	Known(token string) bool            // whether somebody was given the token
	May(token string, topic Topic) bool // whether who bears it may watch the topic
}

// OperatorToken lets everybody watch what customers may, and who bears it, all.
// Empty, nobody is an operator.
type OperatorToken string

// Known implements [Authorizer].
func (o OperatorToken) Known(token string) bool {
	given, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(o))
	return o != "" && subtle.ConstantTimeCompare(given[:], want[:]) == 1
}

// May implements [Authorizer].
func (o OperatorToken) May(token string, t Topic) bool { return !t.Operators() || o.Known(token) }

// Known reports whether the token is none, or one that somebody was given.
func (h *Hub) Known(token string) bool { return token == "" || h.auth.Known(token) }
