package main

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tourbillon/internal/operator"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/remote"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// late is when the sandbox decides a payment that it had left open.
const late = 5 * time.Second

// messages is a message provider whose mail can be looked at.
type messages interface {
	record.Messages
	operator.Mailbox
}

// elsewhere takes over the address of a provider that runs elsewhere.
func elsewhere(at *string, v string) error {
	u, err := url.Parse(v)
	if v != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("not a URL: set what `tourbillon sandbox` printed, such as http://127.0.0.1:3010")
	}
	*at = strings.TrimRight(v, "/")
	return nil
}

// providers are those of the settings: with their books in these records, or
// elsewhere.
func (c config) providers(r *store.Records) (sandbox.Payments, messages) {
	var pays sandbox.Payments = newSandbox(r)
	var tells messages = mailbox.New(r, now)
	if c.Sandbox != "" {
		pays = sandbox.Remote{At: c.at(c.Sandbox)}
	}
	if c.Mailbox != "" {
		tells = mailbox.Remote{At: c.at(c.Mailbox)}
	}
	return pays, tells
}

func newSandbox(r *store.Records) *sandbox.Sandbox {
	return sandbox.New(r, sandbox.Settings{Now: now, Sleep: sleep, Slow: lease + deadline, Late: late})
}

func (c config) at(u string) remote.Client {
	return remote.Client{URL: u, Token: c.Token, HTTP: &http.Client{
		CheckRedirect: client.CheckRedirect, Transport: client.Transport,
	}}
}
