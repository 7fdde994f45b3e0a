package web

import (
	"bytes"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// The types that a form comes in: a page's own, and the other that mail
// providers may unsubscribe by (RFC 8058).
const (
	formFields = "application/x-www-form-urlencoded"
	formParts  = "multipart/form-data"
)

// ReadForm reads a request's body, which must be a form. Files in it are left
// out.
func ReadForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if err := checkEncoding(r.Header); err != nil {
		return nil, err
	}
	media, params, err := mime.ParseMediaType(strings.Join(r.Header.Values("Content-Type"), ","))
	if err != nil || media != formFields && media != formParts {
		return nil, MediaType("Send a form, with Content-Type: " + formFields + ".")
	}
	raw, err := readAll(w, r)
	if err != nil {
		return nil, err
	}
	if media == formFields {
		form, err := url.ParseQuery(string(raw))
		return form, unreadable(err)
	}
	parts, err := multipart.NewReader(bytes.NewReader(raw), params["boundary"]).ReadForm(MaxBody)
	if err != nil {
		return nil, unreadable(err)
	}
	return parts.Value, parts.RemoveAll()
}

// unreadable is the problem of a form that cannot be read, if it cannot.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return Problem{
		Kind: "unreadable", Title: "Body cannot be read", Status: http.StatusBadRequest, Detail: "Send a form's fields, well-formed.",
	}
}

// Accepts reports whether the asker wants content of the media type rather than
// JSON: by the first type of the header Accept that is either.
func Accepts(r *http.Request, media string) bool {
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		switch got, _, _ := mime.ParseMediaType(accepted); got {
		case media:
			return true
		case "application/json", "application/*", "*/*":
			return false
		}
	}
	return false
}
