// Package sns is Amazon SNS as a message provider, for what is pushed to
// devices: it keeps the contract of record.Messages over SNS's Publish, in the
// words of package outcome.
//
// A message goes to the endpoint of one device, by its ARN, and never to
// a topic. What is pushed is JSON in JSON: the payload of each platform as text,
// and text alone for every other. Where the words are long, the device shows
// the beginning of them.
//
// The library would ask three times by itself: here it asks once. Our reference
// is in the payload, for the app; SNS tells nothing about a push afterwards.
package sns

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/record"
)

// name is the provider's, in errors.
const name = "sns"

// reference is what our reference travels as.
const reference = "tourbillon_id"

// Settings is how SNS is reached.
type Settings struct {
	Region  string
	ID      string        // of the access key
	Secret  string        // never printed
	Session string        // of a key that is for a while; empty: it is for longer
	URL     string        // of the API; empty: the region's
	Timeout time.Duration // for one message; 0: [outcome.Timeout]
}

// Messages is SNS. Safe for concurrent use.
type Messages struct {
	client  *sns.Client
	timeout time.Duration
}

var regions = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)

// New returns SNS as the settings say, or an error that says what they lack and
// has nothing of the key in it. It asks nothing.
func New(s Settings) (*Messages, error) {
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	switch {
	case !regions.MatchString(s.Region):
		return nil, errors.New("the region is none: write it as eu-west-1")
	case s.ID == "" || s.Secret == "" || strings.ContainsFunc(s.ID+s.Secret+s.Session, odd):
		return nil, errors.New("the access key is empty, or has a character in it that no key has")
	}
	o := sns.Options{
		Region:  s.Region,
		Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: s.ID, SecretAccessKey: s.Secret, SessionToken: s.Session, Source: "settings"}, nil
		}),
	}
	if s.URL != "" {
		if u, err := url.Parse(s.URL); err != nil || u.Host == "" {
			return nil, errors.New("the API's address is no URL")
		}
		o.BaseEndpoint = aws.String(s.URL)
	}
	return &Messages{client: sns.New(o), timeout: s.Timeout}, nil
}

// endpoints are ARNs of devices.
var endpoints = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:endpoint/[A-Za-z0-9_]+/[A-Za-z0-9_.-]+/[0-9A-Fa-f-]+$`)

// Send implements [record.Messages].
func (m *Messages) Send(ctx context.Context, msg record.Message) (booking.Receipt, error) {
	if !endpoints.MatchString(msg.To) {
		return booking.Receipt{Refused: booking.BadAddress}, nil
	}
	attempt, end := outcome.Begin(ctx, m.timeout, nil)
	defer end()
	said, err := m.client.Publish(attempt.Context(), &sns.PublishInput{
		TargetArn: &msg.To, Message: aws.String(payload(msg)), MessageStructure: aws.String("json"),
	}, func(o *sns.Options) { o.HTTPClient = attempt.Client() })
	if err == nil && said.MessageId != nil && ids.MatchString(*said.MessageId) {
		return booking.Receipt{ID: *said.MessageId}, nil
	}
	var e smithy.APIError
	if !errors.As(err, &e) || attempt.Status() < 400 || attempt.Status() >= 500 {
		return booking.Receipt{}, attempt.Failed(name, "")
	}
	if why := refusal(e); why != "" {
		return booking.Receipt{Refused: why}, nil
	}
	code := ""
	if slices.Contains(codes, e.ErrorCode()) {
		code = e.ErrorCode()
	}
	err = attempt.Failed(name, code)
	if no := new(outcome.NotSentError); strings.HasPrefix(code, "Thrott") && errors.As(err, &no) {
		no.After = max(no.After, time.Second) // with 400 too
	}
	return booking.Receipt{}, err
}

var ids = regexp.MustCompile(`^[0-9A-Fa-f-]{1,64}$`)

// codes are those that errors may tell, for somebody to see to.
var codes = []string{
	"AuthorizationError", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "IncompleteSignature", "OptInRequired", "RequestExpired",
	"InvalidParameter", "ParameterValueInvalid", "InvalidSecurity", "PlatformApplicationDisabled", "Throttled", "Throttling", "ThrottlingException",
	"KMSAccessDenied", "KMSDisabled", "KMSInvalidState", "KMSNotFound", "KMSOptInRequired", "KMSThrottling",
}

// refusal is why SNS refuses a message because of its recipient, "" if it is for
// another reason.
func refusal(e smithy.APIError) string {
	switch e.ErrorCode() {
	case "EndpointDisabled":
		return booking.EndpointDisabled
	case "OptedOut":
		return booking.OptedOut
	case "NotFound":
		return booking.BadAddress
	case "InvalidParameter":
		if strings.Contains(e.ErrorMessage(), "TargetArn") { // no endpoint has it
			return booking.BadAddress
		}
	}
	return ""
}

// longest is how much of the words is pushed, in bytes: all platforms take 4 KB
// with what is around it.
const longest = 1000

// payload is what is pushed, for each platform that has its own form.
func payload(msg record.Message) string {
	body := cut(msg.Body)
	alert := map[string]string{"title": msg.Subject, "body": body}
	apple := text(map[string]any{"aps": map[string]any{"alert": alert}, reference: msg.Key})
	return text(map[string]string{
		"default":      body,
		"APNS":         apple,
		"APNS_SANDBOX": apple,
		"GCM":          text(map[string]any{"notification": alert, "data": map[string]string{reference: msg.Key}}),
	})
}

// cut is the beginning of a text, whole letters and at most longest bytes.
func cut(s string) string {
	if len(s) <= longest {
		return s
	}
	end := longest - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// text is JSON, without the escapes for HTML that would make it long.
func text(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // maps of strings: it cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

var (
	_ record.Messages = (*Messages)(nil)
	_ sns.HTTPClient  = (*http.Client)(nil)
)
