package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"tourbillon/events/kafka"
)

// kafkaAccess is how Kafka and this program know each other.
type kafkaAccess struct {
	Protocol string         // one of protocols, or empty where what is set is none
	Trusted  *x509.CertPool // nil: the CAs of the machine
	Cert     []byte         // PEM, as the key
	Key      []byte
	kafka.Access
}

// protocols are the ways to speak to Kafka.
var protocols = []string{"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"}

// accessSettings are of the servers' settings. Their names are those of the
// keys in the Secret that Knative's Kafka Broker reads: protocol,
// sasl.mechanism, user, password, ca.crt, user.crt and user.key.
var accessSettings = []setting{
	{name: "KAFKA_SECURITY_PROTOCOL", or: protocols[0], means: "how to speak to Kafka: PLAINTEXT, SSL (by TLS), SASL_PLAINTEXT (with a password) or SASL_SSL (both)",
		take: func(c *config, v string) error { return c.protocol(v) }},
	{name: "KAFKA_SASL_MECHANISM", means: "how Kafka is told the password: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
		take: func(c *config, v string) error { c.KafkaAccess.Mechanism = v; return nil }},
	{name: "KAFKA_USER", means: "who this program is to Kafka",
		take: func(c *config, v string) error { c.KafkaAccess.User = v; return nil }},
	{name: "KAFKA_PASSWORD", means: "that user's", secret: true,
		take: func(c *config, v string) error { c.KafkaAccess.Password = v; return nil }},
	{name: "KAFKA_CA", means: "who may have signed Kafka's certificates, in PEM, or a file of that; unset: whom this machine trusts",
		take: func(c *config, v string) error { return c.trust(v) }},
	{name: "KAFKA_USER_CERT", means: "a certificate that Kafka knows this program by, in PEM, or a file of that; unset: none",
		take: func(c *config, v string) (err error) { c.KafkaAccess.Cert, err = inPEM(v); return err }},
	{name: "KAFKA_USER_KEY", means: "the private key of that certificate, in PEM, or a file of that", secret: true,
		take: func(c *config, v string) (err error) { c.KafkaAccess.Key, err = inPEM(v); return err }},
}

func (c *config) protocol(v string) error {
	for _, p := range protocols {
		if v == p {
			c.KafkaAccess.Protocol = p
			return nil
		}
	}
	return fmt.Errorf("%q is no protocol: set %s", v, strings.Join(protocols, ", "))
}

func (c *config) trust(v string) error {
	pem, err := inPEM(v)
	if err != nil || len(pem) == 0 {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return errors.New("there is no certificate in it: set the CA's, which begins with -----BEGIN CERTIFICATE-----")
	}
	c.KafkaAccess.Trusted = pool
	return nil
}

// beginsPEM is how what is in PEM begins.
const beginsPEM = "-----BEGIN"

// inPEM returns what is set, or what is in the file of that name. It is not
// repeated: it may be a key.
func inPEM(v string) ([]byte, error) {
	if v == "" || strings.HasPrefix(strings.TrimSpace(v), beginsPEM) {
		return []byte(v), nil
	}
	pem, err := os.ReadFile(v)
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		err = at.Err
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("neither PEM, which begins with %s, nor a file that can be read: %w", beginsPEM, err)
	case !strings.Contains(string(pem), beginsPEM):
		return nil, fmt.Errorf("that file is not PEM: there is no %s in it", beginsPEM)
	}
	return pem, nil
}

// accessErrors say what of how Kafka is spoken to does not go together.
func (c *config) accessErrors() (wrong []error) {
	a := &c.KafkaAccess
	if a.Protocol == "" {
		return nil // which is said already
	}
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	password := []set{{"KAFKA_SASL_MECHANISM", a.Mechanism}, {"KAFKA_USER", a.User}, {"KAFKA_PASSWORD", a.Password}}
	given, missing := names(password, true), names(password, false)
	switch sasl := strings.HasPrefix(a.Protocol, "SASL_"); {
	case sasl && len(missing) > 0:
		no("KAFKA_SECURITY_PROTOCOL: %s is with a password: set %s too", a.Protocol, strings.Join(missing, " and "))
	case !sasl && len(given) > 0:
		no("%s: Kafka is told no password by %s: set KAFKA_SECURITY_PROTOCOL to SASL_SSL, or unset this", strings.Join(given, ", "), a.Protocol)
	case sasl:
		if err := a.Check(); err != nil {
			no("KAFKA_SASL_MECHANISM, KAFKA_USER, KAFKA_PASSWORD: %w", err)
		}
	}
	files := []set{{"KAFKA_USER_CERT", string(a.Cert)}, {"KAFKA_USER_KEY", string(a.Key)}}
	given, missing = names(files, true), names(files, false)
	if a.Trusted != nil {
		given = append(given, "KAFKA_CA")
	}
	if !strings.HasSuffix(a.Protocol, "SSL") {
		if len(given) > 0 {
			no("%s: there is no TLS by %s: set KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL, or unset this", strings.Join(given, ", "), a.Protocol)
		}
		return wrong
	}
	a.TLS = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: a.Trusted}
	switch len(missing) {
	case 0:
		pair, err := tls.X509KeyPair(a.Cert, a.Key)
		if err != nil {
			no("KAFKA_USER_CERT, KAFKA_USER_KEY: %w", err)
		}
		a.TLS.Certificates = []tls.Certificate{pair}
	case 1:
		no("KAFKA_USER_CERT, KAFKA_USER_KEY: one is nothing without the other: set %s too", missing[0])
	}
	return wrong
}
