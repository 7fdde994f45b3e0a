// Package sendgrid is SendGrid as a message provider: it keeps the contract of
// record.Messages over SendGrid's mail API, in the words of package outcome.
//
// The library is asked for the body and the address alone. What it sends with
// goes through a client without a bound that all its users share, and asks
// again by itself; here each message is a request of its own, once. What
// SendGrid answers with a status of 400 and more is no error to the library: the
// status decides, and only 202 is a message that was taken.
//
// A calendar is attached as plain text/calendar, for SendGrid refuses types with
// parameters; what method it is, the calendar says itself.
package sendgrid

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/sendgrid/rest"
	sendgrid "github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/record"
)

// name is the provider's, in errors.
const name = "sendgrid"

// reference is what our reference travels as, and webhooks bring back.
const reference = "tourbillon_id"

// Settings is how SendGrid is reached, and who writes.
type Settings struct {
	Key     string        // secret: never printed
	From    string        // an address that SendGrid knows as ours, with a name or without
	URL     string        // of the API; empty: SendGrid's. That of accounts in the EU is https://api.eu.sendgrid.com
	Timeout time.Duration // for one message; 0: [outcome.Timeout]
}

// Messages is SendGrid. Safe for concurrent use.
type Messages struct {
	key     secret
	from    *mail.Email
	url     string
	timeout time.Duration
}

// secret is not shown by printing what holds it.
type secret func() string

// New returns SendGrid as the settings say, or an error that says what they lack
// and has nothing of the key in it. It asks nothing.
func New(s Settings) (*Messages, error) {
	if s.Key == "" || strings.ContainsFunc(s.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the key is empty, or has a character in it that no key has")
	}
	from, err := netmail.ParseAddress(s.From)
	if err != nil {
		return nil, errors.New("who writes is no address of mail")
	}
	if u, err := url.Parse(s.URL); s.URL != "" && (err != nil || u.Host == "") {
		return nil, errors.New("the API's address is no URL")
	}
	return &Messages{
		key: func() string { return s.Key }, from: mail.NewEmail(from.Name, from.Address),
		url: strings.TrimRight(s.URL, "/"), timeout: s.Timeout,
	}, nil
}

// Send implements [record.Messages].
func (m *Messages) Send(ctx context.Context, msg record.Message) (booking.Receipt, error) {
	if !outcome.IsMail(msg.To) {
		return booking.Receipt{Refused: booking.BadAddress}, nil
	}
	attempt, end := outcome.Begin(ctx, m.timeout, nil)
	defer end()
	req := sendgrid.GetRequest(m.key(), "/v3/mail/send", m.url)
	req.Method = rest.Post
	req.Body = mail.GetRequestBody(m.compose(msg))
	resp, err := (&rest.Client{HTTPClient: attempt.Client()}).SendWithContext(attempt.Context(), req)
	switch {
	case err != nil:
		return booking.Receipt{}, attempt.Failed(name, "")
	case resp.StatusCode == accepted:
		return booking.Receipt{ID: id(resp)}, nil
	case resp.StatusCode == refused && aboutRecipient(resp.Body):
		return booking.Receipt{Refused: booking.BadAddress}, nil
	}
	return booking.Receipt{}, attempt.Failed(name, "")
}

// The statuses that say something about one message.
const (
	accepted = 202
	refused  = 400
)

func (m *Messages) compose(msg record.Message) *mail.SGMailV3 {
	content := []*mail.Content{mail.NewContent("text/plain", msg.Body)} // the order is the API's: plain text first
	if msg.HTML != "" {
		content = append(content, mail.NewContent("text/html", msg.HTML))
	}
	out := mail.NewV3MailInit(m.from, msg.Subject, mail.NewEmail("", msg.To), content...)
	out.SetCustomArg(reference, msg.Key)
	if msg.Calendar != "" {
		out.AddAttachment(mail.NewAttachment().
			SetContent(base64.StdEncoding.EncodeToString([]byte(msg.Calendar))).
			SetType("text/calendar").SetFilename("invite.ics").SetDisposition("attachment"))
	}
	if at := msg.OneClick(); at != "" {
		out.SetHeader("List-Unsubscribe", at)
		out.SetHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	return out
}

var ids = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// id is SendGrid's own for the message, empty where it does not say: it was
// taken all the same.
func id(r *rest.Response) string {
	if all := r.Headers["X-Message-Id"]; len(all) > 0 && ids.MatchString(all[0]) {
		return all[0]
	}
	return ""
}

var recipients = regexp.MustCompile(`^personalizations\.\d+\.to(\.\d+(\.email)?)?$`)

// aboutRecipient reports whether all that SendGrid has against a message is its
// recipient: what else is wrong is ours to mend.
func aboutRecipient(body string) bool {
	var said struct {
		Errors []struct {
			Field string `json:"field"`
		} `json:"errors"`
	}
	if json.Unmarshal([]byte(body), &said) != nil || len(said.Errors) == 0 {
		return false
	}
	for _, e := range said.Errors {
		if !recipients.MatchString(e.Field) {
			return false
		}
	}
	return true
}

var _ record.Messages = (*Messages)(nil)
