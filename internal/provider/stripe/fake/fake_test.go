package fake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/provider/stripe/fake"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	key  = "sk_test_1"
	late = 5 * time.Minute
)

var noon = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)

// desk is a fake at a time that the test sets, with the events it told.
type desk struct {
	*fake.Fake
	t    *testing.T
	now  time.Time
	http *http.Client
	url  string
	auth string
	told []event
}

type event struct {
	ID         string `json:"id"`
	APIVersion string `json:"api_version"`
	Type       string `json:"type"`
	Data       struct {
		Object map[string]any `json:"object"`
	} `json:"data"`
}

func open(t *testing.T) *desk {
	d := &desk{t: t, now: noon, url: "https://api.stripe.com", auth: "Bearer " + key}
	d.Fake = fake.New(fake.Settings{
		Key: key, Now: func() time.Time { return d.now }, Late: late,
		Emit: func(raw []byte) {
			var e event
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Error(err)
			}
			d.told = append(d.told, e)
		},
	})
	d.http = d.Client()
	return d
}

// answer is what was answered.
type answer struct {
	status   int
	body     map[string]any
	replayed bool
}

// code is the code, or the type, of an error.
func (a answer) code() string {
	e, _ := a.body["error"].(map[string]any)
	if code, ok := e["code"].(string); ok {
		return code
	}
	kind, _ := e["type"].(string)
	return kind
}

func (d *desk) ask(method, path, idempotency string, form url.Values) answer {
	d.t.Helper()
	a, err := d.try(method, path, idempotency, form)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

func (d *desk) try(method, path, idempotency string, form url.Values) (a answer, err error) {
	to, body := d.url+path, io.Reader(nil)
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if len(form) > 0 {
		to += "?" + form.Encode()
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, to, body)
	if err != nil {
		return a, err
	}
	req.Header.Set("Authorization", d.auth)
	if idempotency != "" {
		req.Header.Set("Idempotency-Key", idempotency)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return a, err
	}
	defer func() { _ = resp.Body.Close() }()
	a.status, a.replayed = resp.StatusCode, resp.Header.Get("Idempotent-Replayed") == "true"
	return a, json.NewDecoder(resp.Body).Decode(&a.body)
}

// made makes an intent of the booking b-1.
func (d *desk) made(method string) string {
	d.t.Helper()
	a := d.ask("POST", "/v1/payment_intents", "", intent(method))
	if a.status != http.StatusOK {
		d.t.Fatalf("%+v", a)
	}
	return a.body["id"].(string)
}

func intent(method string) url.Values {
	return url.Values{"amount": {"9000"}, "currency": {"eur"}, "payment_method": {method}, "metadata[booking_id]": {"b-1"}}
}

func (d *desk) confirm(id, idempotency string) answer {
	d.t.Helper()
	return d.ask("POST", "/v1/payment_intents/"+id+"/confirm", idempotency, url.Values{"return_url": {"https://tours.example/"}})
}

// types are the types of the events told so far.
func (d *desk) types() (all []string) {
	for _, e := range d.told {
		all = append(all, e.Type)
	}
	return all
}

func TestFake_Events(t *testing.T) {
	for _, c := range []struct {
		method string
		do     func(d *desk, id string)
		want   []string
	}{
		{"pm_card_visa", nil, []string{"payment_intent.succeeded"}},
		{"pm_card_visa_chargeDeclined", nil, []string{"payment_intent.payment_failed"}},
		{"pm_card_createDispute", nil, []string{"payment_intent.succeeded", "charge.dispute.created"}},
		{"pm_card_authenticationRequired", func(d *desk, id string) {
			if err := d.Authenticate(id, true); err != nil {
				d.t.Error(err)
			}
		}, []string{"payment_intent.requires_action", "payment_intent.succeeded"}},
		{"pm_card_authenticationRequired", func(d *desk, id string) {
			d.ask("POST", "/v1/payment_intents/"+id+"/cancel", "", nil)
			if err := d.Authenticate(id, true); err == nil {
				d.t.Error("the bank asks for nobody")
			}
		}, []string{"payment_intent.requires_action", "payment_intent.canceled"}},
		{"pm_fake_delayedFails", func(d *desk, _ string) {
			d.now = noon.Add(late)
			d.Pass()
			d.Pass()
		}, []string{"payment_intent.processing", "payment_intent.payment_failed"}},
		{"pm_card_refundFail", func(d *desk, id string) {
			d.ask("POST", "/v1/refunds", "", url.Values{"payment_intent": {id}})
			d.now = noon.Add(late)
			d.Pass()
		}, []string{"payment_intent.succeeded", "charge.refunded", "refund.updated", "refund.failed"}},
		{"pm_card_pendingRefund", func(d *desk, id string) {
			d.ask("POST", "/v1/refunds", "", url.Values{"payment_intent": {id}})
			d.now = noon.Add(late)
			d.Pass()
		}, []string{"payment_intent.succeeded", "charge.refunded", "refund.updated"}},
	} {
		t.Run(c.method+": "+strings.Join(c.want, ", "), func(t *testing.T) {
			d := open(t)
			id := d.made(c.method)
			d.confirm(id, "")
			if c.do != nil {
				c.do(d, id)
			}
			if diff := cmp.Diff(c.want, d.types()); diff != "" {
				t.Error(diff)
			}
			seen := make(map[string]bool)
			for _, e := range d.told {
				of := e.Data.Object["payment_intent"]
				if e.Data.Object["object"] == "payment_intent" {
					of = e.Data.Object["id"]
				}
				if seen[e.ID] || e.APIVersion != fake.Version || of != id {
					t.Errorf("%+v", e)
				}
				seen[e.ID] = true
			}
		})
	}
}

func TestFake_KeyIsRemembered(t *testing.T) {
	t.Run("its first answer is given again, until it is forgotten", func(t *testing.T) {
		d := open(t)
		first := d.ask("POST", "/v1/payment_intents", "k", intent("pm_card_visa"))
		again := d.ask("POST", "/v1/payment_intents", "k", intent("pm_card_visa"))
		if first.replayed || !again.replayed || first.body["id"] != again.body["id"] {
			t.Errorf("%+v, %+v", first, again)
		}
		d.now = noon.Add(24 * time.Hour)
		if anew := d.ask("POST", "/v1/payment_intents", "k", intent("pm_card_visa")); anew.replayed || anew.body["id"] == first.body["id"] {
			t.Errorf("%+v", anew)
		}
		if d.Requests()["k"] != 3 || d.Calls() != 3 {
			t.Errorf("%v", d.Requests())
		}
	})
	t.Run("with other parameters, it is an error", func(t *testing.T) {
		d := open(t)
		d.ask("POST", "/v1/payment_intents", "k", intent("pm_card_visa"))
		if a := d.ask("POST", "/v1/payment_intents", "k", intent("pm_card_amex")); a.status != 400 || a.code() != "idempotency_error" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a decline and a failure are, a refusal at the door is not", func(t *testing.T) {
		d := open(t)
		id := d.made("pm_card_visa_chargeDeclined")
		d.Fail(fake.Fault{Status: 429}, fake.Fault{Status: 503})
		for _, want := range []int{429, 503, 402, 402} {
			if a := d.confirm(id, "c"); a.status != want {
				t.Errorf("%+v, want %d", a, want)
			}
		}
		d.Fail(fake.Fault{Status: 500})
		for range 2 {
			if a := d.ask("POST", "/v1/payment_intents", "f", intent("pm_card_visa")); a.status != 500 {
				t.Errorf("%+v", a)
			}
		}
		if a := d.ask("POST", "/v1/payment_intents", "bad", intent("pm_nobody")); a.code() != "resource_missing" {
			t.Errorf("%+v", a)
		}
		if a := d.ask("POST", "/v1/payment_intents", "bad", intent("pm_card_visa")); a.status != 200 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("while the first is at it, it is a conflict", func(t *testing.T) {
		d := open(t)
		id := d.made("pm_card_visa")
		d.Fail(fake.Fault{Later: time.Minute})
		if _, err := d.try("POST", "/v1/payment_intents/"+id+"/cancel", "k", nil); err == nil {
			t.Error("answered")
		}
		if a := d.ask("POST", "/v1/payment_intents/"+id+"/cancel", "k", nil); a.status != 409 || a.code() != "idempotency_key_in_use" {
			t.Errorf("%+v", a)
		}
		d.now = noon.Add(time.Minute)
		if a := d.ask("POST", "/v1/payment_intents/"+id+"/cancel", "k", nil); !a.replayed || a.body["status"] != "canceled" {
			t.Errorf("%+v", a)
		}
	})
}

func TestFake_RefusesWhatStripeRefuses(t *testing.T) {
	d := open(t)
	paid := d.made("pm_card_visa")
	d.confirm(paid, "")
	for _, c := range []struct {
		method, path string
		form         url.Values
		want         string
	}{
		{"POST", "/v1/payment_intents", url.Values{"currency": {"eur"}}, "parameter_missing"},
		{"POST", "/v1/payment_intents", url.Values{"amount": {"0"}, "currency": {"eur"}}, "parameter_invalid_integer"},
		{"POST", "/v1/payment_intents", url.Values{"amount": {"1"}, "currency": {"euro"}}, "invalid_request_error"},
		{"POST", "/v1/payment_intents", url.Values{"faith": {"1"}}, "parameter_unknown"},
		{"GET", "/v1/payment_intents/" + paid, url.Values{"expand[0]": {"faith"}}, "parameter_unknown"},
		{"GET", "/v1/payment_intents/pi_nobody", nil, "resource_missing"},
		{"GET", "/v1/refunds/re_nobody", nil, "resource_missing"},
		{"GET", "/v1/refunds", url.Values{"payment_intent": {"pi_nobody"}}, "resource_missing"},
		{"POST", "/v1/refunds", url.Values{"payment_intent": {paid}, "amount": {"-1"}}, "parameter_invalid_integer"},
		{"POST", "/v1/payment_intents/" + paid + "/confirm", nil, "payment_intent_unexpected_state"},
		{"POST", "/v1/payment_intents/" + paid + "/cancel", nil, "payment_intent_unexpected_state"},
		{"GET", "/v1/customers", nil, "invalid_request_error"},
	} {
		if a := d.ask(c.method, c.path, "", c.form); a.code() != c.want {
			t.Errorf("%s %s %v: %+v, want %s", c.method, c.path, c.form, a, c.want)
		}
	}
	if err := d.Dispute("pi_nobody"); err == nil {
		t.Error("nobody paid that")
	}
	if a := d.ask("GET", "/v1/balance", "", nil); a.status != 200 || a.body["object"] != "balance" {
		t.Errorf("%+v", a)
	}
	d.auth = "Bearer sk_test_other"
	if a := d.ask("GET", "/v1/balance", "", nil); a.status != 401 {
		t.Errorf("%+v", a)
	}
}

func TestFake_KnowsTheSandboxesTokens(t *testing.T) {
	all := fake.Methods()
	for _, token := range sandbox.Tokens() {
		if !slices.Contains(all, token) {
			t.Errorf("%s is not known", token)
		}
	}
}

func TestFake_OverASocket_ManyAtOnce_ChargesOnce(t *testing.T) {
	d := open(t)
	srv := httptest.NewServer(d.Fake)
	defer srv.Close()
	d.url, d.http = srv.URL, srv.Client()
	id := d.made("pm_card_visa")
	var work sync.WaitGroup
	for n := range 8 {
		work.Go(func() {
			_, err := d.try("POST", "/v1/payment_intents/"+id+"/confirm", fmt.Sprint("k", n%2), nil)
			if err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	d.Fail(fake.Fault{Lose: true})
	if a, err := d.try("POST", "/v1/payment_intents/"+id+"/cancel", "", nil); err == nil { // a GET would be sent again by net/http
		t.Errorf("%+v: the answer was to be lost", a)
	}
	if all := d.Intents(); len(all) != 1 || all[0].Charges != 1 || d.Taken()["eur"] != 9000 {
		t.Errorf("%+v", all)
	}
}
