package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" // Twilio's choice: as an HMAC it still holds
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// twilioOptedOut is the error of a message to who has said STOP.
const twilioOptedOut = "21610"

// twilioWishes are what somebody has written to us, as Twilio understands it, and
// does for their number itself. It only says how it did where a messaging service
// has that switched on (OptOutType); of a number by itself the text is all there
// is, and counts where it is that word and nothing else.
var twilioWishes = map[string]events.Name{
	"STOP": events.OptedOut, "STOPALL": events.OptedOut, "UNSUBSCRIBE": events.OptedOut, "CANCEL": events.OptedOut,
	"END": events.OptedOut, "QUIT": events.OptedOut, "OPTOUT": events.OptedOut, "REVOKE": events.OptedOut,
	"START": events.OptedIn, "UNSTOP": events.OptedIn, "YES": events.OptedIn,
}

// twilioWish is what a message to us wishes, and "" if it is none, or about one
// of ours.
func twilioWish(fields map[string]string) string {
	if wish, told := fields["OptOutType"]; told {
		return wish
	}
	if fields["MessageStatus"] != "" {
		return ""
	}
	return strings.ToUpper(strings.TrimSpace(fields["Body"]))
}

// twilio reads a status of a message that we sent, or a message that somebody
// sent to us. Neither has a time: that it comes once is by its ids alone.
func (d *desk) twilio(_ context.Context, in delivery) ([]notice, error) {
	fields, err := twilioSigned(in, d.PublicURL, d.Secrets.Twilio)
	if err != nil {
		return nil, err
	}
	sid, status, wish := fields["MessageSid"], fields["MessageStatus"], twilioWish(fields)
	if !ids.MatchString(sid) {
		return nil, malformed("it is about no message")
	}
	t := tidings{ref: twilioReference(in.query), channel: booking.ChannelText}
	switch {
	case twilioWishes[wish] != "":
		status, t.names, t.ref, t.who = wish, []events.Name{twilioWishes[wish]}, "", hashed(d.Phone, number(fields["From"]))
	case status == "delivered":
		t.names = []events.Name{events.Delivered}
	case status == "undelivered", status == "failed":
		t.names, t.code = []events.Name{events.Bounced}, code(fields["ErrorCode"])
		if t.code == twilioOptedOut {
			t.names, t.who = append(t.names, events.OptedOut), hashed(d.Phone, number(fields["To"]))
		}
	}
	n := notice{id: sid + "/" + status, kind: status, outcome: Ignored}
	if t.names != nil {
		n.say = d.telling("twilio", n.id, t)
	}
	return []notice{n}, nil
}

// twilioSigned returns the fields that the signature covers: those of a form,
// each by its first value, or those of JSON, whose hash is in the address.
func twilioSigned(in delivery, public string, secrets []string) (map[string]string, error) {
	mac, err := base64.StdEncoding.DecodeString(in.header.Get("X-Twilio-Signature"))
	query, err2 := url.ParseQuery(in.query)
	if err != nil || err2 != nil || len(mac) == 0 {
		return nil, forged("it has no signature")
	}
	var fields map[string]string
	sum := query.Get("bodySHA256")
	if sum == "" {
		if fields, err = readForm(in.body); err != nil {
			return nil, malformed("it is not a form")
		}
	}
	good := false
	for _, address := range addresses(public) {
		if in.query != "" {
			address += "?" + in.query
		}
		good = signed(sha1.New, secrets, mac, twilioText(address, fields)) || good
	}
	if !good {
		return nil, forged("its signature is by no token of ours, or of another address")
	}
	if sum == "" {
		return fields, nil
	}
	of := sha256.Sum256(in.body)
	if want, err := hex.DecodeString(sum); err != nil || !hmac.Equal(want, of[:]) {
		return nil, forged("its body is not the one that was signed")
	}
	if fields, err = readFields(in.body); err != nil {
		return nil, malformed("it is not an object")
	}
	return fields, nil
}

// twilioText is what is signed: the address that was called, then the form's
// names in order, each with its value, and nothing between.
func twilioText(address string, fields map[string]string) []byte {
	text := []byte(address)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text = append(append(text, name...), fields[name]...)
	}
	return text
}

// addresses are what Twilio may have called: as we call ourselves, and with the
// port that goes without saying, or without the one that was said.
func addresses(public string) []string {
	u, err := url.Parse(public)
	if err != nil || u.Host == "" {
		return nil
	}
	u.Path, u.RawQuery, u.Fragment = strings.TrimSuffix(u.Path, "/")+path("twilio"), "", ""
	all := []string{u.String()}
	port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	if u.Port() != "" {
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	} else {
		u.Host += port
	}
	return append(all, u.String())
}

func readForm(body []byte) (map[string]string, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	fields := make(map[string]string)
	for name, values := range form {
		fields[name] = values[0]
	}
	return fields, nil
}

// readFields reads the fields of an object that are text.
func readFields(body []byte) (map[string]string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	fields := make(map[string]string)
	for name, raw := range all {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			fields[name] = s
		}
	}
	return fields, nil
}

func twilioReference(query string) string {
	q, _ := url.ParseQuery(query) // it was read before
	return q.Get(Reference)
}

var numbers = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// number is a telephone number, of those who have one: short codes and names
// that send are nobody.
func number(s string) string {
	if !numbers.MatchString(s) {
		return ""
	}
	return s
}
