package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"tourbillon/events"
)

// pair is a certificate that signs itself, and its key, in PEM.
func pair(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	like := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, like, like, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	say := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return say("CERTIFICATE", der), say("PRIVATE KEY", raw)
}

func TestRead_KafkaAccess(t *testing.T) {
	cert, key := pair(t)
	folder := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	file, noPEM := write("ca.pem", cert), write("ca.der", "s3cret")
	t.Run("it is in the clear where nothing is set", func(t *testing.T) {
		c, err := read(env())
		if a := c.KafkaAccess; err != nil || a.TLS != nil || a.Mechanism != "" {
			t.Errorf("got %v, %v", a.TLS, err)
		}
	})
	t.Run("TLS trusts whom the machine does, or a CA as a file or as it is", func(t *testing.T) {
		for ca, own := range map[string]bool{"": false, file: true, cert: true} {
			c, err := read(env("KAFKA_SECURITY_PROTOCOL", "SSL", "KAFKA_CA", ca))
			if err != nil || c.KafkaAccess.TLS == nil || (c.KafkaAccess.TLS.RootCAs != nil) != own {
				t.Errorf("%.20q: got %+v, %v", ca, c.KafkaAccess.TLS, err)
			}
		}
	})
	t.Run("there may be a certificate of ours, and a password", func(t *testing.T) {
		c, err := read(env("KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "KAFKA_USER_CERT", file, "KAFKA_USER_KEY", key,
			"KAFKA_SASL_MECHANISM", "SCRAM-SHA-512", "KAFKA_USER", "bob", "KAFKA_PASSWORD", "s3cret"))
		if a := c.KafkaAccess; err != nil || len(a.TLS.Certificates) != 1 || a.User != "bob" || a.Password != "s3cret" || a.Mechanism != "SCRAM-SHA-512" {
			t.Errorf("got %v", err)
		}
		if printed := fmt.Sprintf("%+v", c.servers); strings.Contains(printed, "s3cret") {
			t.Errorf("settings are printed with the password: %s", printed)
		}
	})
	other, _ := pair(t)
	for says, c := range map[string]struct {
		set  []string
		want string
	}{
		"a protocol that there is not":            {[]string{"KAFKA_SECURITY_PROTOCOL", "TLS"}, "set PLAINTEXT, SSL"},
		"a password that nobody is told":          {[]string{"KAFKA_PASSWORD", "s3cret"}, "KAFKA_PASSWORD: Kafka is told no password by PLAINTEXT"},
		"a mechanism without a password's port":   {[]string{"KAFKA_SECURITY_PROTOCOL", "SSL", "KAFKA_SASL_MECHANISM", "PLAIN"}, "set KAFKA_SECURITY_PROTOCOL to SASL_SSL"},
		"a password without a mechanism":          {[]string{"KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "KAFKA_USER", "u", "KAFKA_PASSWORD", "s3cret"}, "set KAFKA_SASL_MECHANISM too"},
		"a password without a user":               {[]string{"KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM", "PLAIN", "KAFKA_PASSWORD", "s3cret"}, "set KAFKA_USER too"},
		"a mechanism that there is not":           {[]string{"KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "KAFKA_SASL_MECHANISM", "GSSAPI", "KAFKA_USER", "u", "KAFKA_PASSWORD", "s3cret"}, "set PLAIN, SCRAM"},
		"a password with a line break at its end": {[]string{"KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "KAFKA_SASL_MECHANISM", "PLAIN", "KAFKA_USER", "u", "KAFKA_PASSWORD", "s3cret\n"}, "line break"},
		"a CA without TLS":                        {[]string{"KAFKA_CA", cert}, "KAFKA_CA: there is no TLS by PLAINTEXT"},
		"a CA that is no file":                    {[]string{"KAFKA_SECURITY_PROTOCOL", "SSL", "KAFKA_CA", filepath.Join(folder, "none")}, "KAFKA_CA: neither PEM"},
		"a CA that is not PEM":                    {[]string{"KAFKA_SECURITY_PROTOCOL", "SSL", "KAFKA_CA", noPEM}, "KAFKA_CA: that file is not PEM"},
		"a CA that is a key":                      {[]string{"KAFKA_SECURITY_PROTOCOL", "SSL", "KAFKA_CA", key}, "KAFKA_CA: there is no certificate"},
		"a key that is neither":                   {[]string{"KAFKA_SECURITY_PROTOCOL", "SSL", "KAFKA_USER_KEY", "s3cret"}, "KAFKA_USER_KEY: neither PEM"},
		"a certificate without its key":           {[]string{"KAFKA_SECURITY_PROTOCOL", "SSL", "KAFKA_USER_CERT", cert}, "set KAFKA_USER_KEY too"},
		"a key of another certificate":            {[]string{"KAFKA_SECURITY_PROTOCOL", "SSL", "KAFKA_USER_CERT", other, "KAFKA_USER_KEY", key}, "does not match"},
	} {
		t.Run("it refuses "+says, func(t *testing.T) {
			_, err := read(env(c.set...))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "BEGIN PRIVATE") {
				t.Errorf("got %v, want something of %q", err, c.want)
			}
		})
	}
}

// TestServers_CarryByTLSAndPassword opens Kafka as the settings say, and not with
// another password.
func TestServers_CarryByTLSAndPassword(t *testing.T) {
	cert, key := pair(t)
	own, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	at, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{own}}),
		kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "bob", "s3cret"))
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	carry := func(password string) (events.Transport, error) {
		c, err := read(env("KAFKA_BROKERS", at.ListenAddrs()[0], "KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "KAFKA_CA", cert,
			"KAFKA_SASL_MECHANISM", "SCRAM-SHA-512", "KAFKA_USER", "bob", "KAFKA_PASSWORD", password))
		if err != nil {
			t.Fatal(err)
		}
		return c.carry(t.Context(), carrier{on: "kafka", brokers: []string{"bookings"}, plain: true}, nil, slog.New(slog.DiscardHandler))
	}
	tr, err := carry("s3cret")
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Error(err)
	}
	if _, err := carry("wr0ng"); err == nil || !strings.Contains(err.Error(), "does not take the user and the password") || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("got %v", err)
	}
}

func TestConfig_ShowsHowKafkaIsSpokenTo(t *testing.T) {
	cert, key := pair(t)
	set := env("KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "KAFKA_SASL_MECHANISM", "PLAIN", "KAFKA_USER", "bob", "KAFKA_PASSWORD", "s3cret",
		"KAFKA_CA", cert, "KAFKA_USER_CERT", cert, "KAFKA_USER_KEY", key)
	for _, output := range []string{"text", "json"} {
		var out bytes.Buffer
		if err := run(t.Context(), set, []string{"config", "--output", output}, &out); err != nil {
			t.Fatal(err)
		}
		for _, shown := range []string{"SASL_SSL", "bob", "(PEM)", "(hidden)"} {
			if !strings.Contains(out.String(), shown) {
				t.Errorf("%q is not shown: %s", shown, &out)
			}
		}
		if strings.Contains(out.String(), "s3cret") || strings.Contains(out.String(), "-----BEGIN") {
			t.Errorf("a secret is shown: %s", &out)
		}
	}
}
