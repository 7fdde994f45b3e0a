package operator

import (
	"net/http"
	"regexp"
	"unicode"
	"unicode/utf8"

	"tourbillon/internal/booking"
	"tourbillon/internal/web"
	"tourbillon/saga"
)

// signed is who wishes something, and why.
type signed struct{ Who, Why string }

// nobody is who asks without a name.
const nobody = "operator"

var (
	whoPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	numbers    = regexp.MustCompile(`[0-9](?:[ ./()-]?[0-9]){6}`)
)

// readSigned reads who and why from a body, which may have the fields named
// besides, or be none at all. What is said of why is kept for years: it must
// hold nobody's address or number.
func readSigned(w http.ResponseWriter, r *http.Request) (signed, error) {
	s, _, err := readWish(w, r)
	return s, err
}

// readWish is [readSigned] for what may have more fields.
func readWish(w http.ResponseWriter, r *http.Request, more ...string) (signed, web.Body, error) {
	s, body := signed{Who: nobody}, web.Body{}
	if r.ContentLength == 0 {
		return s, body, nil
	}
	body, err := web.ReadObject(w, r)
	if err == nil {
		err = body.Only(append(more, "who", "why")...)
	}
	if err != nil {
		return s, body, err
	}
	s.Why = body.Text("why")
	if raw, given := body.Fields["who"]; given && string(raw) != `""` {
		s.Who = body.Text("who")
	}
	var wrong []web.Field
	if !whoPattern.MatchString(s.Who) {
		wrong = append(wrong, web.Field{Pointer: "/who", Detail: "write a name of letters and digits, no address"})
	}
	if !plainWords(s.Why) {
		wrong = append(wrong, web.Field{Pointer: "/why", Detail: "write at most 200 characters on one line, without an address or a number of seven digits: it is kept for years"})
	}
	if wrong != nil {
		return s, body, web.Invalid(wrong...)
	}
	return s, body, nil
}

// plainWords reports whether a text may be kept for years.
func plainWords(s string) bool {
	if utf8.RuneCountInString(s) > 200 || numbers.MatchString(s) {
		return false
	}
	for _, c := range s {
		if c == '@' || unicode.IsControl(c) {
			return false
		}
	}
	return true
}

// withStatus is the booking as a fact about it tells it.
func withStatus(s saga.Record) booking.Booking {
	b := s.Booking
	b.Status = s.Status()
	return b
}
