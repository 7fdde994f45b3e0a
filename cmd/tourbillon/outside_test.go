package main

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"tourbillon/internal/provider/stripe/fake"
)

func TestRead_Outside(t *testing.T) {
	const live, test = "sk_live_51abcdef", "sk_test_51abcdef"
	for says, c := range map[string]struct {
		env  []string
		want string // "" is that all is well
	}{
		"a test key":                        {[]string{"STRIPE_SECRET_KEY", test}, ""},
		"a restricted key":                  {[]string{"STRIPE_SECRET_KEY", "rk_test_51abc"}, ""},
		"what is no key":                    {[]string{"STRIPE_SECRET_KEY", "hunter2"}, "STRIPE_SECRET_KEY: the key does not begin with"},
		"a publishable key":                 {[]string{"STRIPE_SECRET_KEY", "pk_test_1"}, "publishable"},
		"a live key with records in memory": {[]string{"STRIPE_SECRET_KEY", live, "TOURBILLON_PUBLIC_URL", "https://b.example"}, "set REDIS_URL, or use a key that begins with sk_test_"},
		"a live key and a page by http":     {[]string{"STRIPE_SECRET_KEY", live, "REDIS_URL", "redis://localhost", "TOURBILLON_PUBLIC_URL", "http://b.example"}, "set TOURBILLON_PUBLIC_URL or STRIPE_RETURN_URL"},
		"a live key, as it should be":       {[]string{"STRIPE_SECRET_KEY", live, "REDIS_URL", "redis://localhost", "TOURBILLON_PUBLIC_URL", "https://b.example"}, ""},
		"a live key and a shop's page":      {[]string{"STRIPE_SECRET_KEY", live, "REDIS_URL", "redis://localhost", "STRIPE_RETURN_URL", "https://shop.example/{booking}"}, ""},
		"a page that is none":               {[]string{"STRIPE_RETURN_URL", "shop"}, "STRIPE_RETURN_URL: not a URL"},
		"Stripe and a sandbox":              {[]string{"STRIPE_SECRET_KEY", test, "TOURBILLON_SANDBOX_URL", "http://127.0.0.1:3010"}, "unset one of them"},
		"a live key for an API of ours":     {[]string{"STRIPE_SECRET_KEY", live, "REDIS_URL", "redis://localhost", "TOURBILLON_PUBLIC_URL", "https://b.example", "STRIPE_API_URL", "http://127.0.0.1:1"}, "told to nobody but Stripe"},
		"Twilio with an address of its own": {[]string{"TWILIO_AUTH_TOKEN", "abc", "TOURBILLON_WEBHOOK_URL", "https://hooks.example"}, ""},
		"an API without a key":              {[]string{"STRIPE_API_URL", "http://127.0.0.1:3010"}, "set STRIPE_SECRET_KEY too"},
		"Twilio without its address":        {[]string{"TWILIO_AUTH_TOKEN", "abc"}, "set TOURBILLON_PUBLIC_URL"},
		"a public address that is none":     {[]string{"TOURBILLON_PUBLIC_URL", "book.example.com"}, "TOURBILLON_PUBLIC_URL: not a URL"},
		"a key of SendGrid's that is none":  {[]string{"SENDGRID_WEBHOOK_KEY", "MFkw"}, "SendGrid's public key 1"},
		"a topic that is none":              {[]string{"AWS_SNS_TOPICS", "news"}, `SNS topic "news"`},
		"a topic":                           {[]string{"AWS_SNS_TOPICS", "arn:aws:sns:eu-west-1:123456789012:push"}, ""},
	} {
		t.Run(says, func(t *testing.T) {
			_, err := read(env(c.env...))
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			case err != nil && (strings.Contains(err.Error(), "51abc") || strings.Contains(err.Error(), "hunter2")):
				t.Errorf("the key is in the complaint: %v", err)
			}
		})
	}
}

func TestConfig_Standing(t *testing.T) {
	for want, set := range map[string][]string{
		"sandbox: no money moves":                                      nil,
		"Stripe, test key: no money moves":                             {"STRIPE_SECRET_KEY", "sk_test_1a"},
		"Stripe, live: money moves":                                    {"STRIPE_SECRET_KEY", "sk_live_1a", "REDIS_URL", "redis://localhost", "TOURBILLON_PUBLIC_URL", "https://b.example"},
		"Stripe's API at http://127.0.0.1:1, test key: no money moves": {"STRIPE_SECRET_KEY", "sk_test_1a", "STRIPE_API_URL", "http://127.0.0.1:1"},
		"sandbox: no money moves, at http://127.0.0.1:2":               {"TOURBILLON_SANDBOX_URL", "http://127.0.0.1:2"},
	} {
		c, err := read(env(set...))
		if got := c.standing()[0]; err != nil || got != (standing{"payments", want}) {
			t.Errorf("%v: %+v, %v, want %s", set, got, err, want)
		}
	}
}

func TestConfig_Real(t *testing.T) {
	srv := httptest.NewServer(fake.New(fake.Settings{Key: "sk_test_known"}))
	for says, c := range map[string]struct{ key, at, err, log string }{
		"a key that Stripe knows":         {"sk_test_known", srv.URL, "", ""},
		"a key that Stripe does not know": {"sk_test_5unknown5", srv.URL, "STRIPE_SECRET_KEY: Stripe does not know this key", ""},
		"a Stripe that does not answer":   {"sk_test_known", "http://127.0.0.1:1", "", "Stripe does not say whether it knows the key"},
	} {
		t.Run(says, func(t *testing.T) {
			var said bytes.Buffer
			set, err := read(env("STRIPE_SECRET_KEY", c.key, "STRIPE_API_URL", c.at))
			if err != nil {
				t.Fatal(err)
			}
			_, err = set.real(t.Context(), slog.New(slog.NewTextHandler(&said, nil)))
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if (c.log != "") != (said.Len() > 0) || !strings.Contains(said.String(), c.log) {
				t.Errorf("it logs %q, want %q", said.String(), c.log)
			}
			if err != nil && strings.Contains(err.Error(), "5unknown5") || strings.Contains(said.String(), c.key) {
				t.Errorf("the key is told: %v, %s", err, said.String())
			}
		})
	}
	srv.Close()
}
