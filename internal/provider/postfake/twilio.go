package postfake

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"tourbillon/internal/provider/outcome"
)

// mostLetters bounds the words of a text message.
const mostLetters = 1600

// Twilio's errors.
const (
	twilioCredentials = 20003
	twilioBadNumber   = 21211
	twilioNoBody      = 21602
	twilioNoFrom      = 21603
	twilioNoTo        = 21604
	twilioBadCallback = 21609
	twilioStopped     = 21610
	twilioTooLong     = 21617
)

func (f *Fake) twilio(r request) (m Message, no *answer) {
	account := r.PathValue("account")
	if user, token, ok := r.BasicAuth(); !ok || user != account || token == "" {
		return m, twilioRefuses(http.StatusUnauthorized, twilioCredentials, "Authenticate")
	}
	form, err := url.ParseQuery(string(r.body))
	if err != nil {
		return m, twilioWrong(http.StatusBadRequest, "Bad Request")
	}
	m = Message{
		ID: "SM" + id("")[:32], To: form.Get("To"), Body: form.Get("Body"), From: form.Get("From"),
		Account: account, Callback: form.Get("StatusCallback"),
	}
	if m.From == "" {
		m.From = form.Get("MessagingServiceSid")
	}
	callback, err := url.Parse(m.Callback)
	if m.Callback != "" && (err != nil || !strings.HasPrefix(callback.Scheme, "http") || callback.Host == "") {
		return m, twilioRefuses(http.StatusBadRequest, twilioBadCallback, "Invalid StatusCallback URL.")
	}
	m.Reference = callback.Query().Get(reference)
	code, why := f.twilioRefusal(r, m)
	if code != 0 {
		return m, twilioRefuses(http.StatusBadRequest, code, why)
	}
	return m, nil
}

// twilioRefusal is why a message is not sent, with the error's code, or 0.
func (f *Fake) twilioRefusal(r request, m Message) (code int, why string) {
	switch {
	case m.To == "":
		return twilioNoTo, "A 'To' phone number is required."
	case m.From == "":
		return twilioNoFrom, "A 'From' phone number is required."
	case m.Body == "":
		return twilioNoBody, "Message body is required."
	case utf8.RuneCountInString(m.Body) > mostLetters:
		return twilioTooLong, "The concatenated message body exceeds the 1600 character limit."
	case !outcome.IsNumber(m.To) || r.refuses(m.To):
		return twilioBadNumber, "Invalid 'To' Phone Number."
	case f.saidStop(m.To):
		return twilioStopped, "Attempt to send to unsubscribed recipient"
	}
	return 0, ""
}

func twilioHas(m Message) answer {
	return said(http.StatusCreated, map[string]any{
		"sid": m.ID, "account_sid": m.Account, "status": "queued", "error_code": nil, "error_message": nil, "to": m.To, "from": m.From, "body": m.Body,
	})
}

func twilioRefuses(status, code int, why string) *answer {
	return new(said(status, map[string]any{
		"code": code, "message": why, "more_info": fmt.Sprint("https://www.twilio.com/docs/errors/", code), "status": status,
	}))
}

// twilioWrong has the code of a status that has none of its own.
func twilioWrong(status int, why string) *answer { return twilioRefuses(status, 20_000+status, why) }
