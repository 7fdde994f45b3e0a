// Package twilio is Twilio as a message provider: it keeps the contract of
// record.Messages over Twilio's Messages API, in the words of package outcome.
//
// The library knows no context, no address but Twilio's own, and loses the
// headers of an answer that is no. So each message is sent by a client of its
// own over an outcome.Attempt, which has all three. What the environment says
// of regions is not read: the library would, at its own time.
//
// Our reference travels in the address that Twilio tells the message's status
// to, and there alone.
package twilio

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/record"
)

// name is the provider's, in errors.
const name = "twilio"

// reference is what our reference travels as, and webhooks bring back.
const reference = "tourbillon_id"

// Settings is how Twilio is reached, and who writes: a number or a messaging
// service.
type Settings struct {
	Account string        // its SID, AC...
	Token   string        // secret: never printed
	Number  string        // as E.164 has it, a short code or a name
	Service string        // the SID of a messaging service, MG..., instead of a number
	Public  string        // what is before /webhooks/twilio where Twilio reaches us; empty: it is not told to tell us
	URL     string        // of the API; empty: Twilio's
	Timeout time.Duration // for one message; 0: [outcome.Timeout]
}

// Messages is Twilio. Safe for concurrent use.
type Messages struct {
	account, number, service string
	token                    secret
	callback                 *url.URL // nil: none
	base                     *url.URL // nil: Twilio's
	timeout                  time.Duration
}

// secret is not shown by printing what holds it.
type secret func() string

var (
	accounts = regexp.MustCompile(`^AC[A-Za-z0-9]+$`)
	services = regexp.MustCompile(`^MG[A-Za-z0-9]+$`)
	tokens   = regexp.MustCompile(`^[A-Za-z0-9]+$`) // the library refuses all others
)

// New returns Twilio as the settings say, or an error that says what they lack
// and has nothing of the token in it. It asks nothing.
func New(s Settings) (*Messages, error) {
	switch {
	case !accounts.MatchString(s.Account):
		return nil, errors.New("the account is none: its SID begins with AC, and has letters and digits alone")
	case !tokens.MatchString(s.Token):
		return nil, errors.New("the token is none: it has letters and digits alone")
	case (s.Number == "") == (s.Service == ""):
		return nil, errors.New("who writes is a number or a messaging service, and one of them")
	case s.Service != "" && !services.MatchString(s.Service):
		return nil, errors.New("the messaging service is none: its SID begins with MG, and has letters and digits alone")
	}
	m := &Messages{account: s.Account, number: s.Number, service: s.Service, token: func() string { return s.Token }, timeout: s.Timeout}
	for to, at := range map[**url.URL]string{&m.base: s.URL, &m.callback: s.Public} {
		u, err := url.Parse(strings.TrimRight(at, "/"))
		if at != "" && (err != nil || u.Host == "") {
			return nil, errors.New("an address is no URL")
		}
		if at != "" {
			*to = u
		}
	}
	return m, nil
}

// Send implements [record.Messages].
func (m *Messages) Send(ctx context.Context, msg record.Message) (booking.Receipt, error) {
	if !outcome.IsNumber(msg.To) {
		return booking.Receipt{Refused: booking.BadAddress}, nil
	}
	attempt, end := outcome.Begin(ctx, m.timeout, m.base)
	defer end()
	c := &client.Client{Credentials: client.NewCredentials(m.account, m.token()), HTTPClient: attempt.Client()}
	c.SetAccountSid(m.account)
	said, err := api.NewApiService(&client.RequestHandler{Client: c}).CreateMessage(m.compose(msg))
	if err == nil && said.Sid != nil && sids.MatchString(*said.Sid) && attempt.Status() == created {
		return booking.Receipt{ID: *said.Sid}, nil
	}
	var e *client.TwilioRestError
	if !errors.As(err, &e) || attempt.Status() < 400 || attempt.Status() >= 500 {
		return booking.Receipt{}, attempt.Failed(name, "")
	}
	if code := refusals[e.Code]; code != "" {
		return booking.Receipt{Refused: code}, nil
	}
	return booking.Receipt{}, attempt.Failed(name, plain(e.Code))
}

// created is the status of a message that Twilio has.
const created = 201

var sids = regexp.MustCompile(`^[A-Z]{2}[0-9A-Za-z]{1,64}$`)

// refusals are the errors that are the recipient's. That a number cannot be
// reached from ours, that a country is not allowed to us and that a queue is
// full are not: somebody else may reach it.
var refusals = map[int]string{
	21211: booking.BadAddress, // no number
	21214: booking.BadAddress, // cannot be reached
	21217: booking.BadAddress, // does not seem to be one
	21610: booking.OptedOut,   // has said STOP
	21614: booking.BadAddress, // takes no text
	21635: booking.BadAddress, // is a landline
}

// plain is a code as errors may tell it, if it is one of Twilio's.
func plain(code int) string {
	if code < 10_000 || code > 99_999 {
		return ""
	}
	return strconv.Itoa(code)
}

func (m *Messages) compose(msg record.Message) *api.CreateMessageParams {
	out := new(api.CreateMessageParams).SetTo(msg.To).SetBody(msg.Body)
	if m.service != "" {
		out.SetMessagingServiceSid(m.service)
	} else {
		out.SetFrom(m.number)
	}
	if m.callback != nil {
		to := m.callback.JoinPath("webhooks", "twilio")
		to.RawQuery = url.Values{reference: {msg.Key}}.Encode()
		out.SetStatusCallback(to.String())
	}
	return out
}

var _ record.Messages = (*Messages)(nil)
