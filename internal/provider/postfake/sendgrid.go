package postfake

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"tourbillon/internal/provider/outcome"
)

// sendGridMail is what of a mail is looked at.
type sendGridMail struct {
	Personalizations []struct {
		To []sendGridAddress `json:"to"`
	} `json:"personalizations"`
	From    sendGridAddress `json:"from"`
	Subject string          `json:"subject"`
	Content []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"content"`
	Attachments []struct {
		Content  string `json:"content"`
		Type     string `json:"type"`
		Filename string `json:"filename"`
	} `json:"attachments"`
	Args map[string]string `json:"custom_args"`
}

type sendGridAddress struct {
	Email string `json:"email"`
}

// mostArgs bounds the custom arguments, in bytes.
const mostArgs = 10_000

func (f *Fake) sendGrid(r request) (m Message, no *answer) {
	if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !ok || key == "" {
		return m, sendGridWrong(http.StatusUnauthorized, "The provided authorization grant is invalid, expired, or revoked")
	}
	var in sendGridMail
	if err := json.Unmarshal(r.body, &in); err != nil {
		return m, sendGridWrong(http.StatusBadRequest, "Bad Request")
	}
	if why, field := in.wrong(r); why != "" {
		return m, sendGridRefuses(http.StatusBadRequest, why, field)
	}
	m = Message{ID: id(""), Reference: in.Args[reference], To: in.Personalizations[0].To[0].Email, From: in.From.Email, Subject: in.Subject, Body: in.Content[0].Value}
	return m, nil
}

// wrong is the first thing that SendGrid has against a mail, and the field.
func (in sendGridMail) wrong(r request) (why, field string) {
	const address = "Does not contain a valid address."
	switch {
	case !outcome.IsMail(in.From.Email):
		return address, "from.email"
	case len(in.Personalizations) == 0:
		return "You must have at least one personalization.", "personalizations"
	case len(in.Personalizations[0].To) == 0:
		return "The to array is required for all personalization objects, and must have at least one email object with a valid email address.", "personalizations.0.to"
	}
	if to := in.Personalizations[0].To[0].Email; !outcome.IsMail(to) || r.refuses(to) {
		return address, "personalizations.0.to.0.email"
	}
	if in.Subject == "" {
		return "The subject is required.", "subject"
	}
	if len(in.Content) == 0 {
		return "Unless a valid template_id is provided, the content parameter is required.", "content"
	}
	for i, c := range in.Content {
		switch field = fmt.Sprintf("content.%d", i); {
		case c.Value == "":
			return "The content value must be a string at least one character in length.", field + ".value"
		case c.Type == "text/plain" && i > 0:
			return "If present, text/plain must be first, followed by text/html.", field + ".type"
		}
	}
	return in.attached()
}

// attached is what is wrong with all that comes with a mail.
func (in sendGridMail) attached() (why, field string) {
	for i, a := range in.Attachments {
		field = fmt.Sprintf("attachments.%d", i)
		if _, err := base64.StdEncoding.DecodeString(a.Content); err != nil || a.Content == "" {
			return "The attachment content must be base64 encoded.", field + ".content"
		}
		if strings.ContainsAny(a.Type, ";\r\n") {
			return "The attachment type cannot contain ';', or CRLF characters.", field + ".type"
		}
		if a.Filename == "" {
			return "The attachment filename is required.", field + ".filename"
		}
	}
	size := 0
	for name, value := range in.Args {
		size += len(name) + len(value)
	}
	if size > mostArgs {
		return "The total size of all custom arguments may not exceed 10,000 bytes.", "custom_args"
	}
	return "", ""
}

func sendGridHas(m Message) answer {
	return answer{status: http.StatusAccepted, header: map[string]string{"X-Message-Id": m.ID}}
}

func sendGridRefuses(status int, why string, field any) *answer {
	return new(said(status, map[string]any{"errors": []any{map[string]any{"message": why, "field": field, "help": nil}}}))
}

func sendGridWrong(status int, why string) *answer { return sendGridRefuses(status, why, nil) }
