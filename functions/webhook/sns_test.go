package webhook_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tourbillon/functions/functionstest"
	"tourbillon/functions/webhook"
)

const (
	certURL    = "https://sns.eu-west-3.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem"
	confirmURL = "https://sns.eu-west-3.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic + "&Token=token-1"
)

// message is one of SNS's: a Notification, unless it is changed.
func message(change ...string) map[string]string {
	m := map[string]string{
		"Type": "Notification", "MessageId": "m-1", "TopicArn": topic, "Message": "for " + address, "Subject": "tours",
		"Timestamp": functionstest.Noon.Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": "2", "SigningCertURL": certURL,
	}
	for i := 0; i < len(change); i += 2 {
		if m[change[i]] = change[i+1]; change[i+1] == "" {
			delete(m, change[i])
		}
	}
	return m
}

func confirmation(change ...string) map[string]string {
	return message(append([]string{"Type", "SubscriptionConfirmation", "SubscribeURL", confirmURL, "Token", "token-1", "Subject", ""}, change...)...)
}

// bySNS signs a message, and posts it as SNS does.
func bySNS(m map[string]string) posted {
	names := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if m["Type"] != "Notification" {
		names = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	}
	var text string
	for _, name := range names {
		if value, ok := m[name]; ok {
			text += name + "\n" + value + "\n"
		}
	}
	old, sum := sha1.Sum([]byte(text)), sha256.Sum256([]byte(text))
	sig := must(rsa.SignPKCS1v15(rand.Reader, rsaKey(), crypto.SHA256, sum[:]))
	if m["SignatureVersion"] == "1" {
		sig = must(rsa.SignPKCS1v15(rand.Reader, rsaKey(), crypto.SHA1, old[:]))
	}
	m = maps.Clone(m)
	m["Signature"] = base64.StdEncoding.EncodeToString(sig)
	return asSNS(m)
}

func asSNS(m map[string]string) posted {
	return posted{"/webhooks/sns", string(must(json.Marshal(m))), map[string]string{
		"Content-Type": "text/plain; charset=UTF-8", "X-Amz-Sns-Message-Type": m["Type"],
	}}
}

func TestSNS(t *testing.T) {
	for name, m := range map[string]map[string]string{
		"a notification":                       message(),
		"one without a subject":                message("Subject", ""),
		"one that is signed with SHA-1":        message("SignatureVersion", "1"),
		"one in China":                         message("SigningCertURL", "https://sns.cn-north-1.amazonaws.com.cn/a.pem"),
		"a device that could not be reached":   message("Message", `{"EventType":"DeliveryFailure","FailureType":"InvalidPlatformToken"}`),
		"an unsubscription":                    message("Type", "UnsubscribeConfirmation", "SubscribeURL", confirmURL, "Token", "1", "Subject", ""),
		"one of an hour ago, as it was signed": message("Timestamp", functionstest.Noon.Add(-time.Hour).Format(time.RFC3339)),
	} {
		t.Run(name+" is acknowledged", func(t *testing.T) {
			h := open(t)
			h.takes(bySNS(m), webhook.Ignored)
			if len(h.aws.asked) != 1 {
				t.Errorf("asked %v", h.aws.asked)
			}
			h.keepsQuiet(address, "m-1", m["Token"]+"token-1")
		})
	}
	t.Run("a certificate is fetched once", func(t *testing.T) {
		h := open(t)
		for range 3 {
			h.takes(bySNS(message()), webhook.Ignored)
		}
		if len(h.aws.asked) != 1 || h.aws.asked[0] != certURL {
			t.Errorf("asked %v", h.aws.asked)
		}
	})
	t.Run("an empty subject is signed, and an absent one is not", func(t *testing.T) {
		m := message()
		m["Subject"] = ""
		open(t).takes(bySNS(m), webhook.Ignored)
		p := bySNS(message("Subject", ""))
		p.body = strings.Replace(p.body, `{`, `{"Subject":"",`, 1)
		open(t).refuses(401, p, webhook.Forged)
	})
}

func TestSNS_ASubscriptionIsConfirmed(t *testing.T) {
	h := open(t)
	h.takes(bySNS(confirmation()), webhook.Confirmed)
	h.takes(bySNS(confirmation()), webhook.Duplicate)
	if want := []string{certURL, confirmURL}; !slices.Equal(h.aws.asked, want) {
		t.Errorf("asked %v, want %v", h.aws.asked, want)
	}
	h.keepsQuiet("token-1")
	for name, m := range map[string]map[string]string{
		"of a topic that is not ours":    confirmation("TopicArn", topic+"2"),
		"elsewhere":                      confirmation("SubscribeURL", "https://evil.example/?sns.eu-west-3.amazonaws.com"),
		"at what begins like SNS":        confirmation("SubscribeURL", "https://sns.eu-west-3.amazonaws.com.evil.example/"),
		"at another port":                confirmation("SubscribeURL", "https://sns.eu-west-3.amazonaws.com:8443/"),
		"in clear":                       confirmation("SubscribeURL", "http://sns.eu-west-3.amazonaws.com/"),
		"at the machine's own data":      confirmation("SubscribeURL", "http://169.254.169.254/latest/meta-data"),
		"nowhere":                        confirmation("SubscribeURL", "::"),
		"with a name before the address": confirmation("SubscribeURL", "https://sns.eu-west-3.amazonaws.com@evil.example/"),
	} {
		t.Run("but not "+name, func(t *testing.T) {
			h := open(t)
			h.refuses(401, bySNS(m), webhook.Forged)
			if slices.ContainsFunc(h.aws.asked, func(a string) bool { return a != certURL }) {
				t.Errorf("asked %v", h.aws.asked)
			}
		})
	}
	for name, set := range map[string]func(*aws){
		"SNS refuses it":       func(a *aws) { a.codes = map[string]int{confirmURL: 403} },
		"SNS sends us off":     func(a *aws) { a.codes = map[string]int{confirmURL: 302} },
		"SNS cannot be called": func(a *aws) { a.down = errors.New("no route") },
	} {
		t.Run("and again, while "+name, func(t *testing.T) {
			h := open(t)
			h.takes(bySNS(message()), webhook.Ignored) // the certificate is known
			set(&h.aws)
			h.again(bySNS(confirmation()))
			if len(h.aws.asked) != 2 {
				t.Errorf("asked %v", h.aws.asked)
			}
			h.aws.codes, h.aws.down = nil, nil
			h.takes(bySNS(confirmation()), webhook.Confirmed)
			h.keepsQuiet("token-1") // an error of the client has the address in it
		})
	}
}

func TestSNS_Certificates(t *testing.T) {
	for name, address := range map[string]string{
		"absent": "", "elsewhere": "https://evil.example/a.pem", "at what ends like SNS": "https://evil-sns.eu-west-3.amazonaws.com/a.pem",
		"at what begins like SNS": "https://sns.eu-west-3.amazonaws.com.evil.example/a.pem", "in clear": strings.Replace(certURL, "https", "http", 1),
		"in somebody's bucket": "https://s3.eu-west-3.amazonaws.com/a.pem", "at another port": "https://sns.eu-west-3.amazonaws.com:444/a.pem",
		"with a name before it": "https://x@sns.eu-west-3.amazonaws.com/a.pem", "that is an answer of the API": "https://sns.eu-west-3.amazonaws.com/?a.pem",
		"with a query": certURL + "?Action=Publish", "with a fragment": certURL + "#a", "of no region": "https://sns.amazonaws.com/a.pem",
		"of another kind": "https://sns.eu-west-3.amazonaws.com/a.html", "of two hosts": "https://sns.eu-west-3.amazonaws.com\\@evil.example/a.pem",
		"that is no address": "https://%zz/a.pem", "in capital letters": "https://SNS.EU-WEST-3.AMAZONAWS.COM/a.pem", "with a dot behind": "https://sns.eu-west-3.amazonaws.com./a.pem",
	} {
		t.Run("are not fetched "+name, func(t *testing.T) {
			h := open(t)
			h.refuses(401, bySNS(message("SigningCertURL", address)), webhook.Forged)
			if len(h.aws.asked) > 0 {
				t.Errorf("asked %v", h.aws.asked)
			}
		})
	}
	for name, set := range map[string]func(*aws){
		"that is not there": func(a *aws) { a.codes = map[string]int{certURL: 404} },
		"that is elsewhere": func(a *aws) { a.codes = map[string]int{certURL: 301} },
		"that is none":      func(a *aws) { a.texts = map[string]string{certURL: "<html>"} },
		"that is no longer": func(a *aws) { a.texts = map[string]string{certURL: strings.ReplaceAll(snsCertificate(), "A", "B")} },
		"of another kind":   func(a *aws) { a.texts = map[string]string{certURL: certificate(&newKey)} },
		"of somebody else": func(a *aws) {
			a.texts = map[string]string{certURL: certificate(must(rsa.GenerateKey(rand.Reader, 2048)))}
		},
		"that has no end":     func(a *aws) { a.texts = map[string]string{certURL: strings.Repeat("x", 1<<20)} },
		"with more behind it": func(a *aws) { a.texts = map[string]string{certURL: "x"} },
	} {
		t.Run("are no good "+name, func(t *testing.T) {
			h := open(t)
			set(&h.aws)
			h.refuses(401, bySNS(message()), webhook.Forged)
		})
	}
	for name, set := range map[string]func(*aws){
		"SNS cannot be called": func(a *aws) { a.down = errors.New("no route") },
		"SNS is broken":        func(a *aws) { a.codes = map[string]int{certURL: 500} },
		"SNS has enough of us": func(a *aws) { a.codes = map[string]int{certURL: 429} },
	} {
		t.Run("are fetched again, when "+name, func(t *testing.T) {
			h := open(t)
			set(&h.aws)
			h.again(bySNS(message()))
			h.aws.codes, h.aws.down = nil, nil
			h.takes(bySNS(message()), webhook.Ignored)
		})
	}
	t.Run("are no good when they have run out", func(t *testing.T) {
		h := open(t)
		h.takes(bySNS(message()), webhook.Ignored)
		h.later(31 * 24 * time.Hour)
		h.refuses(401, bySNS(message("Timestamp", h.now.Format(time.RFC3339))), webhook.Forged)
	})
	t.Run("are not kept without end", func(t *testing.T) {
		h := open(t)
		for i := range 200 {
			h.takes(bySNS(message("SigningCertURL", fmt.Sprintf("https://sns.eu-west-3.amazonaws.com/%d.pem", i))), webhook.Ignored)
		}
	})
}

func TestSNS_Signature(t *testing.T) {
	good := bySNS(message())
	changed := func(was, is string) posted {
		return posted{good.path, strings.Replace(good.body, was, is, 1), good.header}
	}
	for name, p := range map[string]posted{
		"of another message": changed("for camille", "for somebody"), "of another id": changed("m-1", "m-2"), "of another kind": changed(`"Type":"Notification"`, `"Type":"UnsubscribeConfirmation"`),
		"of another version": changed(`"SignatureVersion":"2"`, `"SignatureVersion":"1"`), "of a version to come": changed(`"SignatureVersion":"2"`, `"SignatureVersion":"3"`),
		"without a version": changed(`"SignatureVersion":"2",`, ""), "absent": asSNS(message()), "not base64": asSNS(message("Signature", "%")),
		"with a subject that was taken away": changed(`"Subject":"tours",`, ""), "of a topic that is not ours": bySNS(message("TopicArn", topic+"2")),
		"of no topic": bySNS(message("TopicArn", "")), "of no time": bySNS(message("Timestamp", "noon")),
		"of lines that were moved": changed(`"MessageId":"m-1"`, `"MessageId":"m-1\nSubject\ntours"`),
	} {
		t.Run("is none "+name, func(t *testing.T) {
			h := open(t)
			h.refuses(401, p, webhook.Forged)
			h.keepsQuiet(address, "m-1")
		})
	}
	for name, at := range map[string]time.Duration{"stale": -66 * time.Minute, "of the future": 6 * time.Minute} {
		t.Run("is none when "+name+", and nobody is asked", func(t *testing.T) {
			h := open(t)
			h.refuses(401, bySNS(message("Timestamp", functionstest.Noon.Add(at).Format(time.RFC3339))), webhook.Stale)
			if len(h.aws.asked) > 0 {
				t.Errorf("asked %v", h.aws.asked)
			}
		})
	}
}

func TestSNS_Bodies(t *testing.T) {
	for name, body := range map[string]string{"nothing": "", "a list": "[]", "text": "hello", "cut short": `{"Type":"Notif`, "a type that is none": `{"Type":7}`} {
		t.Run(name+" is malformed", func(t *testing.T) {
			open(t).refuses(400, posted{"/webhooks/sns", body, nil}, webhook.Malformed)
		})
	}
	t.Run("a message without an id is malformed", func(t *testing.T) {
		m := message()
		m["MessageId"] = ""
		open(t).refuses(400, bySNS(m), webhook.Malformed)
	})
	t.Run("an id that has swallowed the line after it is none, though it is signed", func(t *testing.T) {
		h := open(t)
		p := bySNS(message())
		p.body = strings.Replace(p.body, `"Subject":"tours",`, "", 1)
		p.body = strings.Replace(p.body, `"MessageId":"m-1"`, `"MessageId":"m-1\nSubject\ntours"`, 1)
		h.refuses(400, p, webhook.Malformed)
	})
	t.Run("raw delivery has no signature, and is not taken", func(t *testing.T) {
		open(t).refuses(401, posted{"/webhooks/sns", `{"EventType":"DeliveryFailure"}`, nil}, webhook.Forged)
	})
	t.Run("two megabytes are too large", func(t *testing.T) {
		open(t).refuses(413, posted{"/webhooks/sns", strings.Repeat(" ", 2<<20), nil}, webhook.TooLarge)
	})
}

func FuzzSNS(f *testing.F) {
	f.Add(bySNS(message()).body, certURL, "Notification", `{"EventType":7}`)
	f.Add(`{"TopicArn":"`+topic+`","Timestamp":"2026-05-02T12:00:00Z","Signature":"AAAA"}`, "https://sns.eu-west-3.amazonaws.com/%2e%2e/a.pem", "", "")
	f.Add(bySNS(confirmation()).body, "https://sns.eu-west-3.amazonaws.com\x00/a.pem", "SubscriptionConfirmation", "https://sns.cn-north-1.amazonaws.com.cn/")
	other := certificate(&noKey)
	f.Fuzz(func(t *testing.T, body, address, kind, text string) {
		h := open(t)
		h.aws.texts = map[string]string{certURL: other}
		h.letsIn(posted{"/webhooks/sns", body, nil}, 400, 401)
		h.letsIn(bySNS(confirmation("Type", kind, "Message", text, "SubscribeURL", address, "SigningCertURL", address)), 200, 400, 401)
		for _, asked := range h.aws.asked {
			if u, err := url.Parse(asked); err != nil || u.Scheme != "https" || !strings.HasPrefix(u.Host, "sns.") ||
				!strings.HasSuffix(u.Host, ".amazonaws.com") && !strings.HasSuffix(u.Host, ".amazonaws.com.cn") {
				t.Errorf("asked %q", asked)
			}
		}
	})
}
