package postfake

import (
	"net/http"
	"net/mail"
	"strings"

	"tourbillon/internal/provider/outcome"
)

func (f *Fake) mailgun(r request) (m Message, no *answer) {
	if user, key, ok := r.BasicAuth(); !ok || user != "api" || key == "" {
		return m, mailgunWrong(http.StatusUnauthorized, "Forbidden")
	}
	if err := r.ParseMultipartForm(int64(len(r.body)) + 1); err != nil {
		return m, mailgunWrong(http.StatusBadRequest, "Bad Request")
	}
	from, to, text := r.PostFormValue("from"), r.PostFormValue("to"), r.PostFormValue("text")
	switch {
	case from == "":
		return m, mailgunWrong(http.StatusBadRequest, "'from' parameter is missing")
	case !isWriter(from):
		return m, mailgunWrong(http.StatusBadRequest, "'from' parameter is not a valid address. please check documentation")
	case to == "":
		return m, mailgunWrong(http.StatusBadRequest, "'to' parameter is missing")
	case !outcome.IsMail(to) || r.refuses(to):
		return m, mailgunWrong(http.StatusBadRequest, "'to' parameter is not a valid address. please check documentation")
	case text == "" && r.PostFormValue("html") == "":
		return m, mailgunWrong(http.StatusBadRequest, "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified")
	}
	return Message{
		ID: id("") + "@" + r.PathValue("domain"), Reference: r.PostFormValue("v:" + reference), To: to, From: from,
		Subject: r.PostFormValue("subject"), Body: text,
	}, nil
}

// isWriter reports whether somebody can write mail: an address, with a name or
// without.
func isWriter(from string) bool {
	a, err := mail.ParseAddress(from)
	return err == nil && strings.Contains(a.Address, "@")
}

func mailgunHas(m Message) answer {
	return said(http.StatusOK, map[string]string{"id": "<" + m.ID + ">", "message": "Queued. Thank you."})
}

func mailgunWrong(status int, why string) *answer {
	return new(said(status, map[string]string{"message": why}))
}
