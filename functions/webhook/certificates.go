package webhook

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// certificates are those that SNS signs with, once fetched. The zero value is
// empty. Safe for concurrent use.
type certificates struct {
	mu       sync.Mutex
	known    map[string]*x509.Certificate // by address
	fetching int
}

// The bounds of what is fetched and kept. A region has one certificate at a
// time.
const (
	maxCertificates = 64
	maxCertificate  = 64 << 10
	maxFetches      = 4 // at once: whoever knows a topic can name any address at SNS
)

// key is the public key of the certificate at an address of SNS. That it is
// SNS's is known by where it is from.
func (c *certificates) key(ctx context.Context, client *http.Client, address string, now time.Time) (*rsa.PublicKey, error) {
	u, ok := atSNS(address)
	if !ok || !strings.HasSuffix(u.Path, ".pem") || u.RawQuery != "" || u.Fragment != "" {
		return nil, forged("its certificate is not at SNS")
	}
	cert, ok := c.get(u.String())
	if !ok {
		var err error
		if cert, err = c.fetch(ctx, client, u.String()); err != nil {
			return nil, err
		}
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return nil, forged("its certificate is not in force")
	}
	return key, nil
}

func (c *certificates) get(address string) (*x509.Certificate, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cert, ok := c.known[address]
	return cert, ok
}

func (c *certificates) put(address string, cert *x509.Certificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxCertificates {
		c.known = make(map[string]*x509.Certificate)
	}
	c.known[address] = cert
}

// fetch fetches and keeps a certificate, unless many are being fetched.
func (c *certificates) fetch(ctx context.Context, client *http.Client, address string) (*x509.Certificate, error) {
	if !c.begin() {
		return nil, trouble(errors.New("fetch certificate: many are being fetched"))
	}
	cert, err := fetch(ctx, client, address)
	c.mu.Lock()
	c.fetching--
	c.mu.Unlock()
	if err == nil {
		c.put(address, cert)
	}
	return cert, err
}

func (c *certificates) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fetching >= maxFetches {
		return false
	}
	c.fetching++
	return true
}

func fetch(ctx context.Context, client *http.Client, address string) (*x509.Certificate, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, forged("its certificate has no address")
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, trouble(fmt.Errorf("fetch certificate: %w", err))
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode >= 500, resp.StatusCode == http.StatusTooManyRequests:
		return nil, trouble(fmt.Errorf("fetch certificate: SNS answers %d", resp.StatusCode))
	case resp.StatusCode != http.StatusOK:
		return nil, forged("its certificate is not there")
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxCertificate))
	if err != nil {
		return nil, trouble(fmt.Errorf("fetch certificate: %w", err))
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, forged("its certificate is none")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, forged("its certificate is none")
	}
	return cert, nil
}
