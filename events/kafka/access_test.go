package kafka_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	segmentio "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/twmb/franz-go/pkg/kfake"

	"tourbillon/events"
	"tourbillon/events/kafka"
)

// authority is a CA of a test's own.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	a := authority{}
	c := a.sign(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return authority{c.Leaf, c.PrivateKey.(*ecdsa.PrivateKey)}
}

// sign makes a certificate, which is good for an hour around now.
func (a authority) sign(t testing.TB, c *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber, c.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "test"}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	by, with := c, key
	if a.cert != nil {
		by, with = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, with)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a authority) server(t testing.TB, at ...net.IP) tls.Certificate {
	return a.sign(t, &x509.Certificate{IPAddresses: at, DNSNames: []string{"kafka.example.com"}})
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

var loopback = net.IPv4(127, 0, 0, 1)

// TestAccess takes everything that goes to Kafka and comes from it through TLS
// and a password, by every mechanism.
func TestAccess(t *testing.T) {
	ca := newAuthority(t)
	over := kfake.TLS(&tls.Config{Certificates: []tls.Certificate{ca.server(t, loopback)}})
	trusting := &tls.Config{RootCAs: ca.pool()}
	for says, c := range map[string]struct {
		server []kfake.Opt
		access kafka.Access
	}{
		"SSL":                    {[]kfake.Opt{over}, kafka.Access{TLS: trusting}},
		"SASL_SSL PLAIN":         {[]kfake.Opt{over}, kafka.Access{trusting, "PLAIN", "bob", "s3cret"}},
		"SASL_SSL SCRAM-SHA-256": {[]kfake.Opt{over}, kafka.Access{trusting, "SCRAM-SHA-256", "bob", "s3cret"}},
		"SASL_SSL SCRAM-SHA-512": {[]kfake.Opt{over}, kafka.Access{trusting, "SCRAM-SHA-512", "bob", "s3cret"}},
		"SASL_PLAINTEXT":         {nil, kafka.Access{nil, "SCRAM-SHA-512", "bob", "s3cret"}},
	} {
		t.Run(says, func(t *testing.T) {
			if m := c.access.Mechanism; m != "" {
				c.server = append(c.server, kfake.EnableSASL(), kfake.Superuser(m, "bob", "s3cret"))
			}
			at := fake(t, append(c.server, kfake.NumBrokers(2))...)
			var log buffer
			s := settings(at, &log)
			s.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			s.Access = c.access
			round(t, open(t, s))
			if printed := fmt.Sprintf("%v %+v", s, s); strings.Contains(printed, "s3cret") {
				t.Errorf("settings are printed with the password: %s", printed)
			}
			if told := log.lines("s3cret"); len(told) > 0 {
				t.Errorf("the log has the password: %s", told)
			}
		})
	}
}

// round sends events around, and wants all that there is to be had of them.
func round(t *testing.T, tr *kafka.Transport) {
	t.Helper()
	declare(t, tr, "one", facts)
	got, stop := inbox(t, tr, "one")
	for i := range 20 {
		publish(t, tr, fact(fmt.Sprint(i), fmt.Sprint("booking-", i)))
	}
	seen := map[string]bool{}
	for len(seen) < 20 {
		seen[await(t, "an event", got).Event.ID()] = true
	}
	stop()
	if past, _, err := tr.Read(t.Context(), "", 100); err != nil || len(past) != 20 {
		t.Errorf("the history has %d events: %v", len(past), err)
	}
	if err := tr.Letters("b").Keep(t.Context(), events.DeadLetter{Event: fact("x", "k"), Subscription: "one", Reason: "no", At: time.Now()}); err != nil {
		t.Error(err)
	}
	if letters, err := tr.Letters("b").DeadLetters(t.Context()); err != nil || len(letters) != 1 {
		t.Errorf("%d dead letters: %v", len(letters), err)
	}
	if lag, err := tr.Lag(t.Context()); err != nil || lag["one"] != 0 {
		t.Errorf("%d wait: %v", lag["one"], err)
	}
}

// TestAccess_Refused opens what does not let us in: that is said once and at
// once, with what to look at.
func TestAccess_Refused(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	over := func(at net.IP) kfake.Opt {
		return kfake.TLS(&tls.Config{Certificates: []tls.Certificate{ca.server(t, at)}})
	}
	bob := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "bob", "s3cret")}
	trusting := &tls.Config{RootCAs: ca.pool()}
	for says, c := range map[string]struct {
		server []kfake.Opt
		access kafka.Access
		want   string
	}{
		"a wrong password":           {bob, kafka.Access{nil, "SCRAM-SHA-256", "bob", "wr0ng"}, "does not take the user and the password"},
		"a user whom nobody knows":   {bob, kafka.Access{nil, "SCRAM-SHA-256", "eve", "s3cret"}, "does not take the user and the password"},
		"a wrong password under TLS": {append(bob, over(loopback)), kafka.Access{trusting, "PLAIN", "bob", "wr0ng"}, "does not take the user and the password"},
		"a CA that nobody trusts":    {[]kfake.Opt{over(loopback)}, kafka.Access{TLS: &tls.Config{RootCAs: other.pool()}}, "a CA that is not trusted"},
		"a certificate for another":  {[]kfake.Opt{over(net.IPv4(127, 0, 0, 9))}, kafka.Access{TLS: trusting}, "for other names"},
		"no TLS where there is some": {[]kfake.Opt{over(loopback)}, kafka.Access{}, "does it want TLS"},
		"no password":                {bob, kafka.Access{}, "or a password there?"},
		"a mechanism of nobody":      {nil, kafka.Access{nil, "DIGEST", "bob", "wr0ng"}, "set PLAIN, SCRAM-SHA-256"},
		"half of who calls":          {nil, kafka.Access{nil, "PLAIN", "bob", ""}, "both"},
		"a line break":               {nil, kafka.Access{nil, "PLAIN", "bob", "wr0ng\n"}, "line break"},
		"what SCRAM forbids":         {nil, kafka.Access{nil, "SCRAM-SHA-512", "bob", "wr0ng\x07"}, "RFC 4013"},
	} {
		t.Run(says, func(t *testing.T) {
			s := settings(fake(t, c.server...), io.Discard)
			s.Access = c.access
			begin := time.Now()
			tr, err := kafka.Open(t.Context(), s)
			if err == nil {
				tr.Close()
				t.Fatal("it opens")
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if said := err.Error(); !strings.Contains(said, c.want) || strings.Contains(said, "wr0ng") || strings.Contains(said, "s3cret") {
				t.Errorf("got %q, want something of %q", said, c.want)
			}
		})
	}
}

// TestAccess_Client has servers that want a certificate of who calls.
func TestAccess_Client(t *testing.T) {
	ca := newAuthority(t)
	at := fake(t, kfake.TLS(&tls.Config{
		Certificates: []tls.Certificate{ca.server(t, loopback)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(),
	}))
	s := settings(at, io.Discard)
	s.Access.TLS = &tls.Config{RootCAs: ca.pool()}
	if tr, err := kafka.Open(t.Context(), s); err == nil {
		tr.Close()
		t.Error("it opens for who shows none")
	} else if said := err.Error(); !strings.Contains(said, "certificate required") || strings.Contains(said, "does it run") {
		t.Error(err)
	}
	s.Access.TLS.Certificates = []tls.Certificate{ca.sign(t, &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})}
	round(t, open(t, s))
}

// TestAccess_Port calls at ports that are for something else.
func TestAccess_Port(t *testing.T) {
	for says, c := range map[string]struct {
		access kafka.Access
		serve  func(net.Conn)
		want   string
	}{
		"one that hangs up on TLS": {
			kafka.Access{TLS: &tls.Config{}}, func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 4)) }, "does not answer as TLS does",
		},
		"one that stands still at the password": {
			kafka.Access{nil, "PLAIN", "bob", "s3cret"}, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, "context deadline exceeded",
		},
	} {
		t.Run(says, func(t *testing.T) {
			s := settings([]string{listen(t, c.serve)}, io.Discard)
			s.Access = c.access
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if tr, err := kafka.Open(ctx, s); err == nil {
				tr.Close()
				t.Error("it opens")
			} else if ctx.Err() != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something of %q", err, c.want)
			}
		})
	}
}

// TestAccess_Forbidden has a user who is known, and may do nothing; then one who
// may do all with topics, and nothing with groups.
func TestAccess_Forbidden(t *testing.T) {
	at := fake(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "root", "t00r"), kfake.User("PLAIN", "eve", "s3cret"))
	s := settings(at, io.Discard)
	s.Access = kafka.Access{Mechanism: "PLAIN", User: "eve", Password: "s3cret"}
	if tr, err := kafka.Open(t.Context(), s); err == nil {
		tr.Close()
		t.Error("it opens")
	} else if !strings.Contains(err.Error(), "its user may not") {
		t.Error(err)
	}
	res, err := root(t, at).CreateACLs(t.Context(), &segmentio.CreateACLsRequest{ACLs: []segmentio.ACLEntry{{
		ResourceType: segmentio.ResourceTypeTopic, ResourceName: "*", ResourcePatternType: segmentio.PatternTypeLiteral,
		Principal: "User:eve", Host: "*", Operation: segmentio.ACLOperationTypeAll, PermissionType: segmentio.ACLPermissionTypeAllow,
	}}})
	if err = errors.Join(append(res.Errors, err)...); err != nil {
		t.Fatal(err)
	}
	err = open(t, s).Declare(t.Context(), events.Subscription{Name: "one", Filter: facts, Concurrency: 1})
	if err == nil || !strings.Contains(err.Error(), "may the user read that group") {
		t.Errorf("got %v", err)
	}
}

// root is a stranger who may do everything.
func root(t *testing.T, at []string) *segmentio.Client {
	c := client(t, at)
	c.Transport.(*segmentio.Transport).SASL = plain.Mechanism{Username: "root", Password: "t00r"}
	return c
}

// listen serves every connection until the test ends, and closes it then.
func listen(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	return l.Addr().String()
}

// TestAccess_Later has the password changed while events are on their way, and
// connections cut: it is said why there are no new ones, and things go on when
// it is the old one again.
func TestAccess_Later(t *testing.T) {
	at := fake(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "bob", "s3cret"), kfake.Superuser("PLAIN", "root", "t00r"))
	w := newWires(t)
	var log buffer
	s := settings(at, &log).Through(w.dial)
	s.Access = kafka.Access{Mechanism: "SCRAM-SHA-256", User: "bob", Password: "s3cret"}
	tr := open(t, s)
	declare(t, tr, "one", facts)
	got, _ := inbox(t, tr, "one")
	publish(t, tr, fact("before", "k"))
	await(t, "what was published before", got)
	change(t, at, "other")
	w.cut()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := tr.Publish(ctx, fact("meanwhile", "k")); err == nil {
		t.Error("it publishes with a password that is no more")
	}
	eventually(t, "the log to say why", func() bool { return len(log.lines("does not take the user and the password")) > 0 })
	change(t, at, "s3cret")
	publish(t, tr, fact("after", "k"))
	for await(t, "what was published after", got).Event.ID() != "after" {
	}
	eventually(t, "the log to say that it is over", func() bool { return len(log.lines("answers again")) > 0 })
	if n := len(log.lines("level=ERROR")); n > 3 {
		t.Errorf("the log says it %d times", n)
	}
}

// TestAccess_Cut has connections cut, which are made anew by TLS and with the
// password.
func TestAccess_Cut(t *testing.T) {
	ca := newAuthority(t)
	at := fake(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "bob", "s3cret"), kfake.Superuser("PLAIN", "root", "t00r"),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{ca.server(t, loopback)}}))
	w := newWires(t)
	s := settings(at, io.Discard).Through(w.dial)
	s.Access = kafka.Access{&tls.Config{RootCAs: ca.pool()}, "SCRAM-SHA-512", "bob", "s3cret"}
	c := root(t, at)
	c.Transport.(*segmentio.Transport).TLS = s.Access.TLS
	survive(t, s, func() {
		time.Sleep(time.Second)
		joined(t, c)
		w.cut()
	})
}

// change gives bob another password.
func change(t *testing.T, at []string, password string) {
	t.Helper()
	salt := []byte("0123456789abcdef")
	salted, err := pbkdf2.Key(sha256.New, password, salt, 4096, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	res, err := root(t, at).AlterUserScramCredentials(t.Context(), &segmentio.AlterUserScramCredentialsRequest{
		Upsertions: []segmentio.UserScramCredentialsUpsertion{{
			Name: "bob", Mechanism: segmentio.ScramMechanismSha256, Iterations: 4096, Salt: salt, SaltedPassword: salted,
		}},
	})
	if err != nil || res.Results[0].Error != nil {
		t.Fatal(err, res)
	}
}
