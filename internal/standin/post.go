package standin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"time"

	"tourbillon/functions/webhook"
	"tourbillon/internal/provider/postfake"
)

// PostSettings are what the message providers sign with.
type PostSettings struct {
	Mailgun string           // the key of its webhooks; empty: it tells nothing
	Twilio  string           // an auth token; empty: it tells nothing
	Public  string           // what is before /webhooks in the address that Twilio calls when somebody writes to us
	Now     func() time.Time // nil: the real time
}

// Post is the message providers: what they are sent, and what they tell
// afterwards. Make it with [NewPost]. Safe for concurrent use.
type Post struct {
	*postfake.Fake
	PostSettings

	key    *ecdsa.PrivateKey
	public string
}

// NewPost returns providers that have sent nothing. SendGrid signs by a key that
// is made here, and ends with the process: one that others can know would open
// the door of whoever forgot it in their settings.
func NewPost(s PostSettings) (*Post, error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make SendGrid's key: %w", err)
	}
	public, err := webhook.SendGridKey(&key.PublicKey)
	return &Post{Fake: postfake.New(s.Now), PostSettings: s, key: key, public: public}, err
}

// SendGridKey is the public key that SendGrid's webhooks are signed for.
func (p *Post) SendGridKey() string { return p.public }
