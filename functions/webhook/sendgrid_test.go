package webhook_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
)

// bySendGrid is a body as SendGrid posts it now.
func bySendGrid(body string) posted { return sendGridAt(&newKey, body, functionstest.Noon) }

func sendGridAt(key *ecdsa.PrivateKey, body string, at time.Time) posted {
	stamp := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + body))
	sig := must(ecdsa.SignASN1(rand.Reader, key, sum[:]))
	return posted{"/webhooks/sendgrid", body, map[string]string{
		"X-Twilio-Email-Event-Webhook-Signature": base64.StdEncoding.EncodeToString(sig),
		"X-Twilio-Email-Event-Webhook-Timestamp": stamp, "Content-Type": "application/json",
	}}
}

// element is one event of a batch of SendGrid's, ten seconds ago.
func element(id, kind, ref, more string) string {
	return fmt.Sprintf(`{"sg_event_id":%q,"event":%q,"tourbillon_id":%q,"email":%q,"timestamp":%d,
		"smtp-id":"<1@tours.example>","reason":"550 5.1.1 <camille@example.com> unknown"%s}`,
		id, kind, ref, address, functionstest.Noon.Add(-10*time.Second).Unix(), more)
}

func TestSendGrid(t *testing.T) {
	at := functionstest.Noon.Add(-10 * time.Second)
	for _, c := range []struct {
		kind, more string
		name       events.Name
		code       string
	}{
		{"delivered", "", events.Delivered, ""},
		{"bounce", `,"status":"5.1.1","type":"bounce"`, events.Bounced, "5.1.1"},
		{"bounce", `,"status":"<camille@example.com>","type":"bounce"`, events.Bounced, "bounce"},
		{"bounce", `,"status":"5.1.1","type":"blocked"`, events.Bounced, "blocked"},
		{"bounce", `,"type":"blocked"`, events.Bounced, "blocked"}, // a host that nobody knows has no status
		{"dropped", `,"reason":"Bounced Address","status":"4.2.2"`, events.Bounced, "dropped"},
		{"dropped", `,"reason":"Unsubscribed Address"`, events.Bounced, "dropped"},
		{"dropped", `,"reason":"Spam Reporting Address"`, events.Bounced, "dropped"},
		{"dropped", `,"reason":"Invalid"`, events.Bounced, "dropped"},
		{"dropped", `,"reason":"Spam Content (if spam checker app enabled)"`, events.Bounced, "blocked"},
		{"dropped", `,"reason":"Recipient List over Package Quota"`, events.Bounced, "blocked"},
	} {
		kind := c.kind
		t.Run(kind+c.more+" is a fact about the message", func(t *testing.T) {
			h := open(t)
			e := h.one(h.takes(bySendGrid("["+element("sg-1", kind, h.notified("mail"), c.more)+"]"), webhook.Published), c.name)
			h.about(e, c.code, at)
			if good := c.code == "5.1.1" || c.code == "bounce" || c.code == "dropped"; booking.CameBackForGood("mail", c.code) != good && c.name == events.Bounced {
				t.Errorf("%s is for good: %v", c.code, !good)
			}
			h.keepsQuiet(address, "5.1.1 <", secret, newKey.X.String())
		})
		t.Run(kind+c.more+" of a message that we do not know is nobody's", func(t *testing.T) {
			h := open(t)
			for _, ref := range []string{"", strings.Repeat("0", 32), "{s017}:x", address} {
				h.takes(bySendGrid("["+element("sg-1", kind, ref, c.more)+"]"), webhook.Foreign)
			}
		})
	}
	for _, kind := range []string{"spamreport", "unsubscribe", "group_unsubscribe"} {
		t.Run(kind+" is an opt-out, of who had the message", func(t *testing.T) {
			h := open(t)
			h.left(h.one(h.takes(bySendGrid("["+element("sg-1", kind, h.notified("mail"), "")+"]"), webhook.Published), events.OptedOut), "mail", "3f1c09a7b25e4d68")
			h.keepsQuiet(address)
		})
		t.Run(kind+" is an opt-out of the address, where the message is not known", func(t *testing.T) {
			h := open(t)
			h.left(h.one(h.takes(bySendGrid("["+element("sg-1", kind, "", "")+"]"), webhook.Published), events.OptedOut), "mail", events.EffectID("customer", address))
			h.keepsQuiet(address)
			nobody := open(t, func(d *webhook.Door) { d.Customer = nil })
			nobody.takes(bySendGrid("["+element("sg-1", kind, "", "")+"]"), webhook.Foreign)
		})
	}
	for _, kind := range []string{"processed", "deferred", "open", "click", "group_resubscribe", "account_status_change", "to.come"} {
		t.Run(kind+" is acknowledged", func(t *testing.T) {
			h := open(t)
			h.takes(bySendGrid("["+element("sg-1", kind, h.notified("mail"), "")+"]"), webhook.Ignored)
		})
	}
}

func TestSendGrid_ABatchIsTakenApart(t *testing.T) {
	h := open(t)
	ref := h.notified("mail")
	one := element("sg-1", "delivered", ref, "")
	batch := "[" + strings.Join([]string{
		one, `7`, `{"event":"delivered"}`, `{"event":7}`, element("sg 2", "bounce", ref, ""), `null`, one,
		element("sg-3", "open", ref, ""), element("sg-4", "bounce", ref, ""), element("sg-5", "bounce", "", ""),
	}, ",") + "]"
	said := h.takes(bySendGrid(batch), webhook.Published, webhook.Published, webhook.Duplicate, webhook.Ignored, webhook.Foreign,
		webhook.Malformed, webhook.Malformed, webhook.Malformed, webhook.Malformed, webhook.Malformed)
	if len(said) != 2 || said[0].Name != events.Delivered || said[1].Name != events.Bounced || said[0].ID == said[1].ID {
		t.Errorf("says %+v", said)
	}
	t.Run("each element is seen once, whatever it comes with", func(t *testing.T) {
		more := h.takes(bySendGrid("["+one+","+element("sg-6", "delivered", ref, "")+"]"), webhook.Duplicate, webhook.Published)
		if h.one(more, events.Delivered).ID == said[0].ID {
			t.Error("the new one is the old one")
		}
	})
	t.Run("an empty one is nothing", func(t *testing.T) { h.takes(bySendGrid("[]")) })
	t.Run("a time that cannot be is ours", func(t *testing.T) {
		for i, stamp := range []string{`"timestamp":1`, `"timestamp":99999999999999999999`, `"timestamp":-1`, `"timestamp":4102444800`} {
			body := strings.Replace(element(fmt.Sprint("odd-", i), "delivered", ref, ""), `"timestamp":`+strconv.FormatInt(functionstest.Noon.Add(-10*time.Second).Unix(), 10), stamp, 1)
			h.about(h.one(h.takes(bySendGrid("["+body+"]"), webhook.Published), events.Delivered), "", h.now)
		}
	})
	h.keepsQuiet(address)
}

func TestSendGrid_Signature(t *testing.T) {
	body := "[" + element("sg-1", "spamreport", "", "") + "]"
	good := bySendGrid(body)
	const sig, stamp = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
	for name, p := range map[string]posted{
		"by the key before, still":  sendGridAt(&oldKey, body, functionstest.Noon),
		"as far ahead as clocks go": sendGridAt(&newKey, body, functionstest.Noon.Add(5*time.Minute)),
		// It is not said whether the later attempts are signed anew.
		"of the first attempt, a day ago": sendGridAt(&newKey, body, functionstest.Noon.Add(-24*time.Hour)),
	} {
		t.Run("is good "+name, func(t *testing.T) { open(t).takes(p, webhook.Published) })
	}
	cut := posted{good.path, good.body[:len(body)-2], good.header}
	for name, p := range map[string]posted{
		"by a key of nobody's": sendGridAt(&noKey, body, functionstest.Noon), "absent": good.with(sig, ""), "without a time": good.with(stamp, ""),
		"of another time": good.with(stamp, strconv.FormatInt(functionstest.Noon.Unix()+1, 10)), "not base64": good.with(sig, "{}"),
		"of a body that was cut": cut, "no signature at all": good.with(sig, "AAAA"), "a time that is no number": good.with(stamp, "noon"),
	} {
		t.Run("is none "+name, func(t *testing.T) {
			h := open(t)
			h.refuses(401, p, webhook.Forged)
			h.keepsQuiet(address, newKey.X.String())
		})
	}
	for name, at := range map[string]time.Duration{"stale": -24*time.Hour - 6*time.Minute, "of the future": 6 * time.Minute} {
		t.Run("is none when "+name, func(t *testing.T) {
			open(t).refuses(401, sendGridAt(&newKey, body, functionstest.Noon.Add(at)), webhook.Stale)
		})
	}
	t.Run("with a key of another kind there is no panic", func(t *testing.T) {
		ed, _, _ := ed25519.GenerateKey(rand.Reader)
		h := open(t, func(d *webhook.Door) { d.Secrets.SendGrid = []string{spki(ed), spki(rsaKey().Public()), "garbage"} })
		h.refuses(401, good, webhook.Forged)
		both := open(t, func(d *webhook.Door) { d.Secrets.SendGrid = []string{spki(ed), publicKey(&newKey)} })
		both.takes(good, webhook.Published)
	})
}

func TestSendGrid_Bodies(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "an object": element("sg-1", "delivered", "", ""), "null": "null", "cut short": "[" + element("sg-1", "delivered", "", ""),
	} {
		t.Run(name+" is malformed", func(t *testing.T) { open(t).refuses(400, bySendGrid(body), webhook.Malformed) })
	}
	t.Run("three megabytes are too large", func(t *testing.T) {
		open(t).refuses(413, bySendGrid("["+strings.Repeat(" ", 3<<20)+"]"), webhook.TooLarge)
	})
}

func TestSendGrid_OurOwnTroubleIsSentAgain(t *testing.T) {
	h := open(t)
	h.troubles(bySendGrid("[" + element("sg-1", "delivered", h.notified("mail"), "") + "]"))
}

func TestSendGrid_AReplayIsOfNoUse(t *testing.T) {
	h := open(t)
	p := bySendGrid("[" + element("sg-1", "delivered", h.notified("mail"), "") + "]")
	h.takes(p, webhook.Published)
	h.later(23 * time.Hour)
	h.takes(p, webhook.Duplicate)
	h.later(2 * time.Hour)
	h.refuses(401, p, webhook.Stale)
}

func FuzzSendGrid(f *testing.F) {
	f.Add("AAAA", "1777723200", "["+element("sg-1", "delivered", strings.Repeat("a", 32), "")+"]")
	f.Add("", "-1", `[null,{},{"event":"bounce","sg_event_id":"1","timestamp":"7"}]`)
	good := bySendGrid("[]")
	f.Add(good.header["X-Twilio-Email-Event-Webhook-Signature"], good.header["X-Twilio-Email-Event-Webhook-Timestamp"], "[]")
	f.Fuzz(func(t *testing.T, sig, stamp, body string) {
		h := open(t, func(d *webhook.Door) { d.Secrets.SendGrid = []string{publicKey(&noKey)} })
		p := bySendGrid(body).with("X-Twilio-Email-Event-Webhook-Signature", sig).with("X-Twilio-Email-Event-Webhook-Timestamp", stamp)
		h.letsIn(p, 401)
		open(t).letsIn(bySendGrid(body), 200, 400)
	})
}
