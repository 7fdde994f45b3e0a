package webhook

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // Twilio's choice: as an HMAC it still holds
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"time"
)

// What is in this file signs as providers do: for development and tests.

// SignStripe is the header Stripe-Signature of a body, as Stripe signs it at
// the given time.
func SignStripe(secret string, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(sha256.New, secret, t+".", string(body)))
}

// The headers that SendGrid signs with.
const (
	SendGridSignature = "X-Twilio-Email-Event-Webhook-Signature"
	SendGridTimestamp = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// SignSendGrid is the headers [SendGridSignature] and [SendGridTimestamp] of a
// body, as SendGrid signs it at the given time.
func SignSendGrid(key *ecdsa.PrivateKey, body []byte, at time.Time) (signature, timestamp string, err error) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256(append([]byte(timestamp), body...))
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	return base64.StdEncoding.EncodeToString(sig), timestamp, err
}

// SendGridKey is a public key as SendGrid shows it.
func SendGridKey(key *ecdsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("show a public key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(der), nil
}

// MailgunSignature is the part of what Mailgun posts that it signs.
type MailgunSignature struct {
	Timestamp string `json:"timestamp"`
	Token     string `json:"token"` // which it uses once
	Signature string `json:"signature"`
}

// SignMailgun signs a token as Mailgun does at the given time.
func SignMailgun(secret, token string, at time.Time) MailgunSignature {
	t := strconv.FormatInt(at.Unix(), 10)
	return MailgunSignature{Timestamp: t, Token: token, Signature: hex.EncodeToString(mac(sha256.New, secret, t, token))}
}

// SignTwilio is the header X-Twilio-Signature of a form that Twilio posts to an
// address.
func SignTwilio(token, address string, form map[string]string) string {
	return base64.StdEncoding.EncodeToString(mac(sha1.New, token, string(twilioText(address, form))))
}

func mac(by func() hash.Hash, secret string, parts ...string) []byte {
	h := hmac.New(by, []byte(secret))
	for _, part := range parts {
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}
