package kafka

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// Access is how the servers and this program know each other. The zero value is
// for a network of one's own: in the clear, and nobody is asked who calls.
type Access struct {
	TLS       *tls.Config // nil: in the clear. A server's certificate is to be for the name that it is called by
	Mechanism string      // PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; empty: nobody asks for a password
	User      string
	Password  string
}

// String is without the password.
func (a Access) String() string {
	return fmt.Sprintf("{TLS:%v Mechanism:%s User:%s}", a.TLS != nil, a.Mechanism, a.User)
}

// Check returns what is wrong, without the password.
func (a Access) Check() error {
	_, err := a.mechanism()
	return err
}

// mechanism says how the password is told; nil where there is none.
func (a Access) mechanism() (m sasl.Mechanism, err error) {
	switch {
	case a.Mechanism == "" && a.User == "" && a.Password == "":
		return nil, nil
	case a.User == "" || a.Password == "":
		return nil, errors.New("a user and a password are needed, both")
	case strings.ContainsAny(a.User+a.Password, "\x00\r\n"):
		return nil, errors.New("there is a line break in the user or the password: leave it out, also at the end")
	}
	switch a.Mechanism {
	case "PLAIN":
		return plain.Mechanism{Username: a.User, Password: a.Password}, nil
	case "SCRAM-SHA-256":
		m, err = scram.Mechanism(scram.SHA256, a.User, a.Password)
	case "SCRAM-SHA-512":
		m, err = scram.Mechanism(scram.SHA512, a.User, a.Password)
	default:
		return nil, fmt.Errorf("%q is no mechanism: set PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", a.Mechanism)
	}
	if err != nil { // with the password in its words
		return nil, errors.New("the user or the password has characters that SCRAM forbids (RFC 4013), such as control characters")
	}
	return m, nil
}

// refusal is a connection that did not come about, though there was somebody.
type refusal struct {
	at, why string
	err     error
}

// Error implements error.
func (r *refusal) Error() string { return fmt.Sprintf("%s: %s: %v", r.at, r.why, r.err) }

// Unwrap returns the cause.
func (r *refusal) Unwrap() error { return r.err }

func refused(err error) bool {
	var no *refusal
	return errors.As(err, &no)
}

// forbidden reports whether a server knows who asks, and that one may not.
func forbidden(err error) bool {
	return errors.Is(err, kafka.TopicAuthorizationFailed) || errors.Is(err, kafka.GroupAuthorizationFailed) || errors.Is(err, kafka.ClusterAuthorizationFailed)
}

// greet makes of a connection one that takes requests: under TLS and our name,
// as far as that is wanted. It is done here and not by the library, which tells
// the password in two ways, both without an end where a server stands still.
// It ends when ctx does.
func (c *conn) greet(ctx context.Context, address string) error {
	if c.client.tls == nil && c.client.sasl == nil {
		return nil
	}
	stop := context.AfterFunc(ctx, func() { c.raw.Close() })
	why, err := c.encrypt(ctx, address)
	if err == nil {
		why, err = c.authenticate(ctx)
	}
	if !stop() { // it is closed
		err = ctx.Err()
	}
	if err != nil {
		return &refusal{address, why, err}
	}
	return nil
}

func (c *conn) encrypt(ctx context.Context, address string) (why string, err error) {
	if c.client.tls == nil {
		return "", nil
	}
	set := c.client.tls.Clone()
	if host, _, err := net.SplitHostPort(address); err == nil {
		set.ServerName = cmp.Or(set.ServerName, host)
	}
	over := tls.Client(c.raw, set)
	if err := over.HandshakeContext(ctx); err != nil {
		return distrust(err), err
	}
	c.Conn = over
	return "", nil
}

// distrust says what a person can do where TLS does not come about.
func distrust(err error) string {
	var (
		stranger x509.UnknownAuthorityError
		other    x509.HostnameError
		header   tls.RecordHeaderError
		broken   *net.OpError
	)
	switch {
	case errors.As(err, &stranger):
		return "its certificate is by a CA that is not trusted here: set the one that it is by"
	case errors.As(err, &other):
		return "its certificate is for other names: call it by one of them"
	case errors.As(err, &header), errors.As(err, &broken) && broken.Op == "read", errors.Is(err, io.EOF), errors.Is(err, context.DeadlineExceeded):
		return "it does not answer as TLS does: is that the port for it?"
	}
	return "it and TLS do not come together"
}

// handshake are the versions in which a server says why it refuses.
var handshake = map[protocol.ApiKey]int16{protocol.SaslHandshake: 1, protocol.SaslAuthenticate: 0}

func (c *conn) authenticate(ctx context.Context) (why string, err error) {
	const (
		portless = "it does not ask for a password: is that the port for it?"
		early    = "it breaks off before it is told the password: is that the port for it, and does it want TLS there?"
		unknown  = "it does not take the user and the password"
		silent   = "it breaks off while it is told the password"
	)
	m := c.client.sasl
	if m == nil {
		return "", nil
	}
	pc := protocol.NewConn(c.Conn, c.client.id) // which keeps nothing back: a server speaks when it is asked
	pc.SetVersions(handshake)
	res, err := pc.RoundTrip(&saslhandshake.Request{Mechanism: m.Name()})
	if err != nil {
		return early, err
	}
	switch offer := res.(*saslhandshake.Response); kafka.Error(offer.ErrorCode) {
	case 0:
	case kafka.UnsupportedSASLMechanism:
		return "its mechanisms are " + strings.Join(offer.Mechanisms, ", ") + ": set one of them", kafka.UnsupportedSASLMechanism
	default:
		return portless, kafka.Error(offer.ErrorCode)
	}
	talk, say, err := m.Start(ctx)
	for done := false; !done && err == nil; {
		res, err = pc.RoundTrip(&saslauthenticate.Request{AuthBytes: say})
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // as some refuse
			return unknown, err
		case err != nil:
			return silent, err
		}
		answer := res.(*saslauthenticate.Response)
		if answer.ErrorCode != 0 {
			return unknown, fmt.Errorf("%w: %s", kafka.Error(answer.ErrorCode), answer.ErrorMessage)
		}
		done, say, err = talk.Next(ctx, answer.AuthBytes)
	}
	return "it does not know the password itself", err
}
