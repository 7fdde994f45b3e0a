package webhook_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/webhook"
)

// called is the address that Twilio calls, from the settings.
const called = "https://tours.example/api/webhooks/twilio"

func twilioMAC(token, text string) string {
	h := hmac.New(sha1.New, []byte(token))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// byTwilio is a form as Twilio posts it to our address with the query.
func byTwilio(query string, fields ...string) posted {
	return twilioAs(secret, called, query, fields...)
}

func twilioAs(token, address, query string, fields ...string) posted {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	if query != "" {
		query = "?" + query
	}
	text := address + query
	for _, name := range slices.Sorted(maps.Keys(form)) {
		text += name + form.Get(name)
	}
	return posted{"/webhooks/twilio" + query, form.Encode(), map[string]string{
		"X-Twilio-Signature": twilioMAC(token, text), "Content-Type": "application/x-www-form-urlencoded",
	}}
}

// status is a callback about a message.
func status(ref, is string, more ...string) posted {
	return byTwilio("tourbillon_id="+ref, append([]string{
		"MessageSid", "SM1", "MessageStatus", is, "To", number, "From", "+15005550006", "AccountSid", "AC1", "Body", "a+b & c",
	}, more...)...)
}

// TestTwilio_Text holds what is signed against the example of Twilio's manual.
func TestTwilio_Text(t *testing.T) {
	text := webhook.TwilioText("https://mycompany.com/myapp.php?foo=1&bar=2", map[string]string{
		"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212",
	})
	if got := twilioMAC("12345", string(text)); got != "RSOYDt4T1cUTdK1PDd93/VVr8B8=" {
		t.Errorf("%s signs %s", text, got)
	}
}

func TestTwilio(t *testing.T) {
	for is, c := range map[string]struct {
		name events.Name
		more []string
		code string
	}{
		"delivered":   {events.Delivered, nil, ""},
		"undelivered": {events.Bounced, []string{"ErrorCode", "30003"}, "30003"},
		"failed":      {events.Bounced, []string{"ErrorCode", "not a code"}, ""},
	} {
		t.Run(is+" is a fact about the message", func(t *testing.T) {
			h := open(t)
			h.about(h.one(h.takes(status(h.notified("text"), is, c.more...), webhook.Published), c.name), c.code, h.now)
			h.keepsQuiet(number, secret, "a+b")
		})
		t.Run(is+" of a message that we do not know is nobody's", func(t *testing.T) {
			h := open(t)
			h.takes(status(strings.Repeat("0", 32), is, c.more...), webhook.Foreign)
			h.takes(byTwilio("", "MessageSid", "SM2", "MessageStatus", is), webhook.Foreign)
		})
	}
	for _, is := range []string{"queued", "sending", "sent", "accepted", "scheduled", "read", "canceled", "to.come", ""} {
		t.Run("the status "+is+" is acknowledged", func(t *testing.T) {
			h := open(t)
			h.takes(status(h.notified("text"), is), webhook.Ignored)
		})
	}
}

func TestTwilio_StopAndStart(t *testing.T) {
	inbound := func(body string, more ...string) posted {
		return byTwilio("", append([]string{"MessageSid", "SM1", "From", number, "To", "+15005550006", "SmsStatus", "received", "Body", body}, more...)...)
	}
	for _, c := range []struct {
		says string
		p    posted
		want events.Name
	}{
		{"STOP, as Twilio has understood it", inbound("laisse-moi", "OptOutType", "STOP"), events.OptedOut},
		{"START", inbound("encore", "OptOutType", "START"), events.OptedIn},
		{"UNSTOP, which it calls START", inbound("Unstop", "OptOutType", "START"), events.OptedIn},
		{"STOP to a number of its own, of which it says nothing more", inbound(" Stop\n"), events.OptedOut},
		{"and any word that does the same", inbound("unsubscribe"), events.OptedOut},
		{"START to one", inbound("start"), events.OptedIn},
		{"UNSTOP to one", inbound("UNSTOP"), events.OptedIn},
	} {
		t.Run(c.says+" is of the number", func(t *testing.T) {
			h := open(t)
			e := h.one(h.takes(c.p, webhook.Published), c.want)
			if who := events.EffectID("phone", number); e.Data.Channel != "text" || e.Recipient != who || e.Subject != who || e.Data.ID != "" {
				t.Errorf("%+v", e)
			}
			h.takes(c.p, webhook.Duplicate)
			h.keepsQuiet(number, "laisse", "encore")
		})
	}
	t.Run("STOP and START of one number are two facts", func(t *testing.T) {
		h := open(t)
		h.one(h.takes(inbound("STOP"), webhook.Published), events.OptedOut)
		h.one(h.takes(inbound("START"), webhook.Published), events.OptedIn)
	})
	t.Run("it answers no message of ours, whatever is in the address", func(t *testing.T) {
		h := open(t)
		ref := h.notified("text")
		for wish, want := range map[string]events.Name{"STOP": events.OptedOut, "START": events.OptedIn} {
			p := byTwilio("tourbillon_id="+ref, "MessageSid", "SM1", "From", number, "OptOutType", wish)
			if e := h.one(h.takes(p, webhook.Published), want); e.Recipient != events.EffectID("phone", number) {
				t.Errorf("%+v", e)
			}
		}
	})
	for name, from := range map[string]string{"a short code": "12345", "a name": "whatsapp:" + number} {
		t.Run(name+" that sends it is nobody", func(t *testing.T) {
			for _, wish := range []string{"STOP", "START"} {
				open(t).takes(byTwilio("", "MessageSid", "SM1", "From", from, "OptOutType", wish), webhook.Foreign)
			}
		})
	}
	t.Run("where numbers stand for nobody, it does", func(t *testing.T) {
		open(t, func(d *webhook.Door) { d.Phone = nil }).takes(inbound("STOP", "OptOutType", "STOP"), webhook.Foreign)
	})
	for _, p := range []posted{
		inbound("HELP", "OptOutType", "HELP"), inbound("STOP", "OptOutType", "HELP"), inbound("Stop it please"), inbound(""), inbound("when do we START?"),
		byTwilio("", "MessageSid", "SM1", "MessageStatus", "sent", "From", number, "Body", "STOP"),
	} {
		t.Run("any other message is acknowledged", func(t *testing.T) { open(t).takes(p, webhook.Ignored) })
	}
}

func TestTwilio_OptedOut(t *testing.T) {
	t.Run("a message to who has said STOP came back, and is an opt-out", func(t *testing.T) {
		h := open(t)
		said := h.takes(status(h.notified("text"), "undelivered", "ErrorCode", "21610"), webhook.Published)
		if len(said) != 2 {
			t.Fatalf("says %+v", said)
		}
		h.about(h.one(said[:1], events.Bounced), "21610", h.now)
		h.left(said[1], "text", "3f1c09a7b25e4d68")
	})
	t.Run("and of the number, where the message is not known", func(t *testing.T) {
		h := open(t)
		h.left(h.one(h.takes(status("", "failed", "ErrorCode", "21610"), webhook.Published), events.OptedOut), "text", events.EffectID("phone", number))
	})
}

func TestTwilio_TheAddressIsFromTheSettings(t *testing.T) {
	fields := []string{"MessageSid", "SM1", "MessageStatus", "sent"}
	at := func(address string) posted { return twilioAs(secret, address, "", fields...) }
	t.Run("and not what the request says of itself", func(t *testing.T) {
		p := at("https://evil.example/webhooks/twilio")
		for _, name := range []string{"X-Forwarded-Host", "Forwarded", "X-Original-Url", "X-Forwarded-Proto"} {
			p = p.with(name, "evil.example")
		}
		open(t).refuses(401, p, webhook.Forged)
		open(t).takes(at(called).with("X-Forwarded-Host", "evil.example"), webhook.Ignored)
	})
	for public, good := range map[string][]string{
		"https://tours.example":      {"https://tours.example/webhooks/twilio", "https://tours.example:443/webhooks/twilio"},
		"https://tours.example:443/": {"https://tours.example/webhooks/twilio", "https://tours.example:443/webhooks/twilio"},
		"https://tours.example:8443": {"https://tours.example:8443/webhooks/twilio", "https://tours.example/webhooks/twilio"},
		"http://127.0.0.1:8080":      {"http://127.0.0.1:8080/webhooks/twilio"},
		"http://[::1]":               {"http://[::1]/webhooks/twilio", "http://[::1]:80/webhooks/twilio"},
	} {
		t.Run("with and without its port: "+public, func(t *testing.T) {
			h := open(t, func(d *webhook.Door) { d.PublicURL = public })
			for _, address := range good {
				h.takes(at(address), webhook.Ignored)
			}
			h.refuses(401, at("http://tours.example:80/webhooks/twilio"), webhook.Forged)
		})
	}
	t.Run("where there is none, Twilio is not set up", func(t *testing.T) {
		open(t, func(d *webhook.Door) { d.PublicURL = "" }).refuses(404, at("/webhooks/twilio"), webhook.NotSetUp)
	})
	t.Run("the reference in it is signed", func(t *testing.T) {
		h := open(t)
		p := status(h.notified("text"), "delivered")
		p.path = strings.Replace(p.path, "tourbillon_id=", "tourbillon_id=0", 1)
		h.refuses(401, p, webhook.Forged)
	})
}

func TestTwilio_Signature(t *testing.T) {
	good := byTwilio("a=%2B1&b", "MessageSid", "SM1", "MessageStatus", "sent", "Empty", "")
	t.Run("is good by the token before, still, and over the query as it is", func(t *testing.T) {
		open(t).takes(good, webhook.Ignored)
		open(t).takes(twilioAs(older, called, "", "MessageSid", "SM1", "MessageStatus", "sent"), webhook.Ignored)
	})
	changed := posted{good.path, strings.Replace(good.body, "sent", "delivered", 1), good.header}
	for name, p := range map[string]posted{
		"absent": good.with("X-Twilio-Signature", ""), "not base64": good.with("X-Twilio-Signature", "%"),
		"cut short":        good.with("X-Twilio-Signature", good.header["X-Twilio-Signature"][:20]),
		"by another token": twilioAs("guess", called, "", "MessageSid", "SM1"), "by an empty token": twilioAs("", called, "", "MessageSid", "SM1"),
		"of another form": changed, "of a form cut short": {good.path, good.body[:20], good.header},
		"of the address alone": good.with("X-Twilio-Signature", twilioMAC(secret, called+"?a=%2B1&b")),
	} {
		t.Run("is none "+name, func(t *testing.T) {
			h := open(t)
			h.refuses(401, p, webhook.Forged)
			h.keepsQuiet(secret, "SM1")
		})
	}
	t.Run("covers the first value of a name that comes twice, and no other counts", func(t *testing.T) {
		h := open(t)
		p := status(h.notified("text"), "delivered")
		p.body += "&MessageStatus=failed&ErrorCode=21610"
		h.refuses(401, p, webhook.Forged) // a name that was not there is seen
		p.body = strings.TrimSuffix(p.body, "&ErrorCode=21610")
		h.one(h.takes(p, webhook.Published), events.Delivered)
	})
}

// inJSON is a body whose hash is in the address, which alone is signed.
func inJSON(body, hashed string) posted {
	sum := sha256.Sum256([]byte(hashed))
	query := "bodySHA256=" + hex.EncodeToString(sum[:])
	return posted{"/webhooks/twilio?" + query, body, map[string]string{
		"X-Twilio-Signature": twilioMAC(secret, called+"?"+query), "Content-Type": "application/json",
	}}
}

func TestTwilio_JSONIsSignedByItsHash(t *testing.T) {
	body := `{"MessageSid":"SM1","OptOutType":"STOP","From":"` + number + `","NumMedia":0}`
	h := open(t)
	h.one(h.takes(inJSON(body, body), webhook.Published), events.OptedOut)
	h.refuses(401, inJSON(body, body+" "), webhook.Forged)
	h.refuses(400, inJSON("[]", "[]"), webhook.Malformed)
	t.Run("and without one it is no form that was signed", func(t *testing.T) {
		p := inJSON(body, body)
		p.path = "/webhooks/twilio"
		p.header["X-Twilio-Signature"] = twilioMAC(secret, called)
		h.refuses(401, p, webhook.Forged)
	})
	t.Run("a hash that is none is forged", func(t *testing.T) {
		p := posted{"/webhooks/twilio?bodySHA256=zz", body, map[string]string{"X-Twilio-Signature": twilioMAC(secret, called+"?bodySHA256=zz")}}
		h.refuses(401, p, webhook.Forged)
	})
}

func TestTwilio_Bodies(t *testing.T) {
	for name, p := range map[string]posted{
		"a form about no message": byTwilio("", "MessageStatus", "sent"), "an id of spaces": byTwilio("", "MessageSid", " "),
		"a form that is none": {"/webhooks/twilio", "a=%zz", map[string]string{"X-Twilio-Signature": "AAAA"}},
	} {
		t.Run(name+" is malformed", func(t *testing.T) { open(t).refuses(400, p, webhook.Malformed) })
	}
	t.Run("a hundred kilobytes are too large", func(t *testing.T) {
		open(t).refuses(413, byTwilio("", "Body", strings.Repeat("x", 100<<10)), webhook.TooLarge)
	})
}

func TestTwilio_HasNoTimeSoIdsAreAll(t *testing.T) {
	h := open(t)
	ref := h.notified("text")
	first := h.one(h.takes(status(ref, "delivered"), webhook.Published), events.Delivered)
	h.takes(status(ref, "delivered"), webhook.Duplicate)
	h.one(h.takes(status(ref, "failed"), webhook.Published), events.Bounced) // another status of the same message is another
	h.later(8 * 24 * time.Hour)
	if e := h.one(h.takes(status(ref, "delivered"), webhook.Published), events.Delivered); e.ID != first.ID {
		t.Error("what was forgotten is another event")
	}
}

func TestTwilio_OurOwnTroubleIsSentAgain(t *testing.T) {
	h := open(t)
	h.troubles(status(h.notified("text"), "delivered"))
}

func FuzzTwilio(f *testing.F) {
	f.Add("a=1", "MessageSid=SM1&MessageStatus=delivered", "AAAA", "SM1", "STOP")
	f.Add("bodySHA256=00", "{}", "", "", "failed")
	f.Add("%zz&a=;", "a=%zz&b;c", "=", "x", "\x00")
	f.Fuzz(func(t *testing.T, query, body, sig, sid, is string) {
		h := open(t, func(d *webhook.Door) { d.Secrets.Twilio = []string{"unheard-of"} })
		h.letsIn(posted{"/webhooks/twilio?" + query, body, map[string]string{"X-Twilio-Signature": sig}}, 400, 401, 413)
		open(t).letsIn(status("", is, "MessageSid", sid, "OptOutType", is), 200, 400, 413)
		open(t).letsIn(inJSON(body, body), 200, 400, 413)
	})
}
