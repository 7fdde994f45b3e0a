package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"

	"github.com/rogpeppe/go-internal/testscript"
)

// besides is `outside`: payments and mail are a process of their own, which
// outlives the systems that are up from here on, and OUTSIDE its address. It is
// `outside stripe` where payments are Stripe's by its API, and mail is not;
// `outside post` where messages are SendGrid's, Mailgun's, Twilio's and SNS's by
// theirs, and payments are not.
func besides(ts *testscript.TestScript, _ bool, args []string) {
	signed := []string{"MAILGUN_WEBHOOK_KEY=of-the-story", "TWILIO_AUTH_TOKEN=0fthestory", "TOURBILLON_PUBLIC_URL=https://tours.example"}
	cmd := exec.Command(program(ts), "sandbox", "--addr=127.0.0.1:0", "--output=json")
	cmd.Env = append(os.Environ(), "TOURBILLON_LOG=error", "STRIPE_WEBHOOK_SECRET="+ts.Getenv("STRIPE_WEBHOOK_SECRET"))
	cmd.Env = append(cmd.Env, signed...)
	cmd.Stderr = logs(ts)
	said, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() { ts.Check(errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait())) })
	var at struct {
		Sandbox string `json:"sandbox"`
	}
	ts.Check(json.NewDecoder(said).Decode(&at))
	ts.Setenv("OUTSIDE", at.Sandbox)
	set := []string{"TOURBILLON_SANDBOX_URL=" + at.Sandbox, "TOURBILLON_MAILBOX_URL=" + at.Sandbox}
	switch {
	case len(args) == 1 && args[0] == "stripe":
		set = []string{"STRIPE_SECRET_KEY=sk_test_story", "STRIPE_API_URL=" + at.Sandbox}
	case len(args) == 1 && args[0] == "post":
		set = append(posted(ts, at.Sandbox), signed...)
	}
	on(ts).set = append(on(ts).set, set...)
}

// posted is what a system is told of the message providers at an address.
func posted(ts *testscript.TestScript, at string) []string {
	resp, body := send(ts, http.MethodGet, []string{at + "/keys"})
	var keys struct{ SendGrid string }
	if err := json.Unmarshal(body, &keys); err != nil || keys.SendGrid == "" {
		ts.Fatalf("there is no key of SendGrid's: %s %s", resp.Status, body)
	}
	return []string{
		"SENDGRID_API_KEY=SG.story", "SENDGRID_FROM_EMAIL=Tours <tours@example.com>", "SENDGRID_API_URL=" + at, "SENDGRID_WEBHOOK_KEY=" + keys.SendGrid,
		"MAILGUN_API_KEY=story", "MAILGUN_DOMAIN=mg.example.com", "MAILGUN_FROM_EMAIL=Tours <tours@mg.example.com>", "MAILGUN_API_BASE=" + at,
		"TWILIO_ACCOUNT_SID=AC0123", "TWILIO_PHONE_NUMBER=+15005550006", "TWILIO_API_URL=" + at,
		"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIASTORY", "AWS_SECRET_ACCESS_KEY=story", "AWS_ENDPOINT_URL_SNS=" + at,
	}
}
