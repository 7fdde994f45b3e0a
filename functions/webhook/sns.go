package webhook

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" // what topics sign with unless they are told otherwise
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"tourbillon/events"
)

// snsRetries is for how long SNS sends again. What it signs has the time of
// publishing, whichever attempt it is.
const snsRetries = time.Hour

// snsMessage is what SNS posts, as text/plain, unless a topic delivers raw:
// then there is no signature, and nothing is taken.
type snsMessage struct {
	Type             string
	MessageID        string `json:"MessageId"`
	TopicArn         string
	Message          string
	Subject          *string // absent is not the same as empty
	Timestamp        string
	Token            string
	SubscribeURL     string
	SignatureVersion string
	Signature        string
	SigningCertURL   string
}

// sns reads a message of a topic of ours. Deliveries to mobile devices are told
// of without a reference of ours, so they are counted and lead to nothing.
func (d *desk) sns(ctx context.Context, in delivery) ([]notice, error) {
	var m snsMessage
	if err := json.Unmarshal(in.body, &m); err != nil {
		return nil, malformed("it is not a message")
	}
	if err := d.snsSigned(ctx, m, in.now); err != nil {
		return nil, err
	}
	if !ids.MatchString(m.MessageID) {
		return nil, malformed("it is not a message")
	}
	n := notice{id: m.MessageID, kind: m.Type, outcome: Ignored}
	switch m.Type {
	case "Notification":
		var told struct{ EventType string }
		if json.Unmarshal([]byte(m.Message), &told) == nil && told.EventType != "" {
			n.kind += "." + told.EventType
		}
	case "SubscriptionConfirmation":
		n.say = func(ctx context.Context) ([]events.Event, string, error) {
			return nil, Confirmed, d.confirm(ctx, m.SubscribeURL)
		}
	}
	return []notice{n}, nil
}

// text is what of the message is signed: some of its fields, each on a line
// after its name.
func (m snsMessage) text() string {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	line("Message", m.Message)
	line("MessageId", m.MessageID)
	if m.Type == "Notification" {
		if m.Subject != nil {
			line("Subject", *m.Subject)
		}
	} else {
		line("SubscribeURL", m.SubscribeURL)
	}
	line("Timestamp", m.Timestamp)
	if m.Type != "Notification" {
		line("Token", m.Token)
	}
	line("TopicArn", m.TopicArn)
	line("Type", m.Type)
	return b.String()
}

// snsSigned asks for a certificate last: who only wants us to ask for one must
// know a topic of ours, and can have us ask SNS alone.
func (d *desk) snsSigned(ctx context.Context, m snsMessage, now time.Time) error {
	at, err := time.Parse(time.RFC3339Nano, m.Timestamp)
	sig, err2 := base64.StdEncoding.DecodeString(m.Signature)
	switch {
	case m.TopicArn == "" || !slices.Contains(d.Topics, m.TopicArn):
		return forged("its topic is not among the settings")
	case err != nil || err2 != nil || len(sig) == 0:
		return forged("it has no signature")
	}
	if err := fresh(at.Unix(), now, snsRetries); err != nil {
		return err
	}
	key, err := d.certs.key(ctx, d.client, m.SigningCertURL, now)
	if err != nil {
		return err
	}
	text := []byte(m.text())
	switch m.SignatureVersion {
	case "1": // [x509.Certificate.CheckSignature] refuses SHA-1
		sum := sha1.Sum(text)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], sig)
	case "2":
		sum := sha256.Sum256(text)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig)
	default:
		return forged("its signature is of an unknown version")
	}
	if err != nil {
		return forged("its signature is not by its certificate")
	}
	return nil
}

var snsHost = regexp.MustCompile(`^sns\.[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(\.cn)?$`)

// atSNS reads an address of SNS itself: nothing that only begins or ends like
// one, and no port and no name before it.
func atSNS(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" || !snsHost.MatchString(u.Host) {
		return nil, false
	}
	return u, true
}

// confirm visits the address that confirms a subscription, which is signed and
// at SNS.
func (d *desk) confirm(ctx context.Context, address string) error {
	u, ok := atSNS(address)
	if !ok {
		return forged("its confirmation is not at SNS")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return forged("its confirmation has no address")
	}
	resp, err := d.client.Do(r)
	if err != nil {
		return trouble(fmt.Errorf("confirm subscription: %w", err))
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return trouble(fmt.Errorf("confirm subscription: SNS answers %d", resp.StatusCode))
	}
	return nil
}
