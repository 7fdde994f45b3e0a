// Package mailgun is Mailgun as a message provider: it keeps the contract of
// record.Messages over Mailgun's API, in the words of package outcome.
//
// Each message is one request, by a client of its own: the library's would wait
// for ever. An address of a base that ends in /v3, as Mailgun's own pages write
// it, is taken without: the library adds it.
//
// Mailgun takes lists of addresses, so what is not one address is not handed to
// it. The type of an attachment cannot be told to this API: a calendar is one
// by its name.
package mailgun

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/mailgun/mailgun-go/v5"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/record"
)

// name is the provider's, in errors.
const name = "mailgun"

// reference is what our reference travels as, and webhooks bring back.
const reference = "tourbillon_id"

// Settings is how Mailgun is reached, and who writes.
type Settings struct {
	Key     string        // secret: never printed
	Domain  string        // that Mailgun sends from
	From    string        // an address at it, with a name or without
	Base    string        // of the API; empty: the one in the US. That in the EU is https://api.eu.mailgun.net
	Timeout time.Duration // for one message; 0: [outcome.Timeout]
}

// Messages is Mailgun. Safe for concurrent use.
type Messages struct {
	key          secret
	domain, from string
	base         string
	timeout      time.Duration
}

// secret is not shown by printing what holds it.
type secret func() string

var domains = regexp.MustCompile(`^[A-Za-z0-9.-]{1,253}$`)

// New returns Mailgun as the settings say, or an error that says what they lack
// and has nothing of the key in it. It asks nothing.
func New(s Settings) (*Messages, error) {
	m := &Messages{key: func() string { return s.Key }, domain: s.Domain, base: base(s.Base), timeout: s.Timeout}
	if s.Key == "" || strings.ContainsFunc(s.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the key is empty, or has a character in it that no key has")
	}
	if !domains.MatchString(s.Domain) {
		return nil, errors.New("the domain is none: write it as mg.example.com")
	}
	from, err := netmail.ParseAddress(s.From)
	if err != nil {
		return nil, errors.New("who writes is no address of mail")
	}
	m.from = from.String()
	if u, err := url.Parse(m.base); err != nil || u.Host == "" {
		return nil, errors.New("the API's address is no URL")
	}
	if _, err := m.client(http.DefaultClient); err != nil {
		return nil, errors.New("the API's address has a version in it: write it as https://api.mailgun.net")
	}
	return m, nil
}

// base is the API's address as the library wants it.
func base(of string) string {
	if of == "" {
		return mailgun.APIBase
	}
	return strings.TrimSuffix(strings.TrimRight(of, "/"), "/v3")
}

func (m *Messages) client(c *http.Client) (*mailgun.Client, error) {
	mg := mailgun.NewMailgun(m.key())
	mg.SetHTTPClient(c)
	return mg, mg.SetAPIBase(m.base)
}

// Send implements [record.Messages].
func (m *Messages) Send(ctx context.Context, msg record.Message) (booking.Receipt, error) {
	if !outcome.IsMail(msg.To) {
		return booking.Receipt{Refused: booking.BadAddress}, nil
	}
	attempt, end := outcome.Begin(ctx, m.timeout, nil)
	defer end()
	mg, err := m.client(attempt.Client())
	if err != nil {
		return booking.Receipt{}, attempt.Failed(name, "")
	}
	out, err := m.compose(msg)
	if err != nil {
		return booking.Receipt{}, attempt.Failed(name, "")
	}
	said, err := mg.Send(attempt.Context(), out)
	if id := strings.Trim(said.ID, "<>"); err == nil && ids.MatchString(id) {
		return booking.Receipt{ID: id}, nil
	}
	if aboutRecipient(err) {
		return booking.Receipt{Refused: booking.BadAddress}, nil
	}
	return booking.Receipt{}, attempt.Failed(name, "")
}

// ids are those of messages: an address at our domain, in angles.
var ids = regexp.MustCompile(`^[A-Za-z0-9._+=@-]{1,255}$`)

func (m *Messages) compose(msg record.Message) (*mailgun.PlainMessage, error) {
	out := mailgun.NewMessage(m.domain, m.from, msg.Subject, msg.Body, msg.To)
	if msg.HTML != "" {
		out.SetHTML(msg.HTML)
	}
	if msg.Calendar != "" {
		out.AddBufferAttachment("invite.ics", []byte(msg.Calendar))
	}
	if at := msg.OneClick(); at != "" {
		out.AddHeader("List-Unsubscribe", at)
		out.AddHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	return out, out.AddVariable(reference, msg.Key)
}

// aboutRecipient reports whether Mailgun refuses a message because of its
// recipient: it says so in words, and has no code.
func aboutRecipient(err error) bool {
	var (
		e    *mailgun.UnexpectedResponseError
		said struct {
			Message string `json:"message"`
		}
	)
	return errors.As(err, &e) && e.Actual == http.StatusBadRequest && json.Unmarshal(e.Data, &said) == nil &&
		strings.HasPrefix(said.Message, "'to' parameter is not a valid address")
}

var _ record.Messages = (*Messages)(nil)
