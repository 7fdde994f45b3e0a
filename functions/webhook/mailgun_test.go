package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/webhook"
)

// byMailgun is an event as Mailgun posts it now.
func byMailgun(data string) posted { return mailgunAt(secret, "token-1", data, functionstest.Noon) }

func mailgunAt(key, token, data string, at time.Time) posted {
	return mailgunAs(strconv.FormatInt(at.Unix(), 10), token, mailgunMAC(key, strconv.FormatInt(at.Unix(), 10)+token), data)
}

func mailgunMAC(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func mailgunAs(stamp, token, sig, data string) posted {
	body := fmt.Sprintf(`{"signature":{"timestamp":%q,"token":%q,"signature":%q},"event-data":%s}`, stamp, token, sig, data)
	return posted{"/webhooks/mailgun", body, map[string]string{"Content-Type": "application/json"}}
}

// mailgunData is an event of Mailgun's, ten and a half seconds ago.
func mailgunData(id, kind, ref, more string) string {
	return fmt.Sprintf(`{"id":%q,"event":%q,"timestamp":%d.5,"user-variables":{"tourbillon_id":%q,"n":7},
		"recipient":%q,"message":{"headers":{"to":%q}}%s}`, id, kind, functionstest.Noon.Unix()-11, ref, address, address, more)
}

func TestMailgun(t *testing.T) {
	at := functionstest.Noon.Add(-10500 * time.Millisecond)
	for says, c := range map[string]struct {
		kind, more string
		name       events.Name
		code       string
	}{
		"delivered":            {"delivered", `,"delivery-status":{"code":250,"message":"OK"}`, events.Delivered, ""},
		"failed, for good":     {"failed", `,"severity":"permanent","delivery-status":{"code":550,"enhanced-code":"5.1.1"}`, events.Bounced, "5.1.1"},
		"failed, with a code":  {"failed", `,"severity":"permanent","delivery-status":{"code":605,"enhanced-code":""}`, events.Bounced, "605"},
		"failed, with a story": {"failed", `,"severity":"permanent","delivery-status":{"code":null,"enhanced-code":"to <camille@example.com>"}`, events.Bounced, "failed"},
		"rejected":             {"rejected", `,"reject":{"reason":"Sandbox subdomains are for test purposes only"}`, events.Bounced, "rejected"},
	} {
		t.Run(says+" is a fact about the message", func(t *testing.T) {
			h := open(t)
			h.about(h.one(h.takes(byMailgun(mailgunData("mg-1", c.kind, h.notified("mail"), c.more)), webhook.Published), c.name), c.code, at)
			h.keepsQuiet(address, "token-1", secret)
		})
	}
	for _, kind := range []string{"complained", "unsubscribed"} {
		t.Run(kind+" is an opt-out", func(t *testing.T) {
			h := open(t)
			h.left(h.one(h.takes(byMailgun(mailgunData("mg-1", kind, h.notified("mail"), "")), webhook.Published), events.OptedOut), "mail", "3f1c09a7b25e4d68")
		})
		t.Run(kind+" by an address that the signature does not cover is none", func(t *testing.T) {
			h := open(t)
			h.takes(byMailgun(mailgunData("mg-1", kind, "", "")), webhook.Foreign)
			h.keepsQuiet(address)
		})
	}
	for says, more := range map[string]string{"failed": `,"severity":"temporary"`, "accepted": "", "opened": "", "clicked": "", "to_come": ""} {
		t.Run(says+more+" is acknowledged", func(t *testing.T) {
			h := open(t)
			h.takes(byMailgun(mailgunData("mg-1", says, h.notified("mail"), more)), webhook.Ignored)
		})
	}
	for _, variables := range []string{`[]`, `null`, `"x"`, `{}`, `{"tourbillon_id":7}`} {
		t.Run("user-variables that are "+variables+" are no reference", func(t *testing.T) {
			open(t).takes(byMailgun(`{"id":"mg-1","event":"delivered","user-variables":`+variables+`}`), webhook.Foreign)
		})
	}
}

func TestMailgun_TheEventIsNotCoveredByTheSignature(t *testing.T) {
	h := open(t)
	ref := h.notified("mail")
	h.takes(byMailgun(mailgunData("mg-1", "delivered", ref, "")), webhook.Published)
	t.Run("a token comes with one event", func(t *testing.T) {
		h.refuses(401, byMailgun(mailgunData("mg-2", "complained", ref, "")), webhook.Forged)
	})
	t.Run("the same event again is a duplicate, under its own token or a new one", func(t *testing.T) {
		h.takes(byMailgun(mailgunData("mg-1", "delivered", ref, "")), webhook.Duplicate)
		h.takes(mailgunAt(secret, "token-2", mailgunData("mg-1", "delivered", ref, ""), h.now), webhook.Duplicate)
	})
	t.Run("a token of what led to nothing is used up too", func(t *testing.T) {
		opened := mailgunData("mg-3", "opened", ref, "")
		h.takes(mailgunAt(secret, "token-3", opened, h.now), webhook.Ignored)
		h.takes(mailgunAt(secret, "token-3", opened, h.now), webhook.Duplicate)
		h.refuses(401, mailgunAt(secret, "token-3", mailgunData("mg-4", "complained", ref, ""), h.now), webhook.Forged)
	})
}

func TestMailgun_Signature(t *testing.T) {
	data := mailgunData("mg-1", "delivered", "", "")
	stamp := strconv.FormatInt(functionstest.Noon.Unix(), 10)
	for name, p := range map[string]posted{
		"by the key before, still":                     mailgunAt(older, "token-1", data, functionstest.Noon),
		"as far ahead as clocks go":                    mailgunAt(secret, "token-1", data, functionstest.Noon.Add(5*time.Minute)),
		"of eight hours ago, as the last retry has it": mailgunAt(secret, "token-1", data, functionstest.Noon.Add(-8*time.Hour)),
	} {
		t.Run("is good "+name, func(t *testing.T) { open(t).takes(p, webhook.Foreign) })
	}
	for name, p := range map[string]posted{
		"by another key":        mailgunAt("guess", "token-1", data, functionstest.Noon),
		"by an empty key":       mailgunAt("", "token-1", data, functionstest.Noon),
		"of another token":      mailgunAs(stamp, "token-2", mailgunMAC(secret, stamp+"token-1"), data),
		"of another time":       mailgunAs(stamp, "token-1", mailgunMAC(secret, "1"+stamp+"token-1"), data),
		"without a token":       mailgunAs(stamp, "", mailgunMAC(secret, stamp), data),
		"cut short":             mailgunAs(stamp, "token-1", mailgunMAC(secret, stamp+"token-1")[:62], data),
		"absent":                {"/webhooks/mailgun", `{"event-data":` + data + `}`, nil},
		"not hexadecimal":       mailgunAs(stamp, "token-1", "zz", data),
		"of a time with a part": mailgunAs("1.5", "token-1", mailgunMAC(secret, "1.5token-1"), data),
	} {
		t.Run("is none "+name, func(t *testing.T) {
			h := open(t)
			h.refuses(401, p, webhook.Forged)
			h.keepsQuiet(address, "token-1")
		})
	}
	t.Run("a border between time and token that was moved makes another time", func(t *testing.T) {
		open(t).refuses(401, mailgunAs(stamp[:5], stamp[5:]+"token-1", mailgunMAC(secret, stamp+"token-1"), data), webhook.Stale)
	})
	for name, at := range map[string]time.Duration{"stale": -9 * time.Hour, "of the future": 6 * time.Minute} {
		t.Run("is none when "+name, func(t *testing.T) {
			open(t).refuses(401, mailgunAt(secret, "token-1", data, functionstest.Noon.Add(at)), webhook.Stale)
		})
	}
}

func TestMailgun_Bodies(t *testing.T) {
	good := byMailgun(mailgunData("mg-1", "delivered", "", ""))
	for name, p := range map[string]posted{
		"nothing": {good.path, "", nil}, "a form of the old kind": {good.path, "event=delivered&token=1", nil}, "cut short": {good.path, good.body[:90], nil},
		"no event": byMailgun(`{}`), "an event without an id": byMailgun(`{"event":"delivered"}`), "an event that is none": byMailgun(`7`),
		"an id that is a book": byMailgun(mailgunData(strings.Repeat("x", 256), "delivered", "", "")),
	} {
		t.Run(name+" is malformed", func(t *testing.T) { open(t).refuses(400, p, webhook.Malformed) })
	}
	t.Run("a megabyte is too large", func(t *testing.T) {
		open(t).refuses(413, posted{good.path, strings.Repeat(" ", 1<<20), nil}, webhook.TooLarge)
	})
}

func TestMailgun_IsDoneWith200Alone(t *testing.T) {
	h := open(t)
	if w := h.post(200, byMailgun(mailgunData("mg-1", "opened", "", ""))); w.Body.Len() > 0 {
		t.Errorf("%s", w.Body)
	}
}

func TestMailgun_OurOwnTroubleIsSentAgain(t *testing.T) {
	h := open(t)
	h.troubles(byMailgun(mailgunData("mg-1", "delivered", h.notified("mail"), "")))
}

func FuzzMailgun(f *testing.F) {
	f.Add(byMailgun(mailgunData("mg-1", "failed", strings.Repeat("a", 32), `,"severity":"permanent"`)).body, `{"id":"1","event":"complained"}`)
	f.Add(`{"signature":{"timestamp":"1e9","token":"1","signature":""}}`, `{"id":"1","event":"failed","delivery-status":{"code":1e400}}`)
	f.Add(`{"signature":null,"event-data":[]}`, `null`)
	f.Fuzz(func(t *testing.T, body, data string) {
		h := open(t, func(d *webhook.Door) { d.Secrets.Mailgun = []string{"unheard-of"} })
		h.letsIn(posted{"/webhooks/mailgun", body, nil}, 400, 401)
		open(t).letsIn(byMailgun(data), 200, 400, 401) // 401: a second signature in the data counts instead
	})
}
