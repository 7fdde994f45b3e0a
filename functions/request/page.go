package request

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"tourbillon/internal/booking"
	"tourbillon/internal/web"
	"tourbillon/internal/words"
)

// html is the media type of pages: who accepts it is a person in a browser.
const html = "text/html"

// tongues are the languages of pages: the first is spoken to who asks for
// another. Their places are those of the texts in phrases.
var tongues = []language.Tag{language.English, language.French}

var tongueMatcher = language.NewMatcher(tongues)

// page is one page for one person: in their language, and under our name.
type page struct {
	tongue int
	Brand  string
}

// pageOf is a page in the language that somebody has saved (BCP 47), or else
// that their browser asks for.
func (d Door) pageOf(r *http.Request, saved string) page {
	asked := strings.Join(r.Header.Values("Accept-Language"), ",")
	_, i := language.MatchStrings(tongueMatcher, saved, asked)
	named := d.Words
	if named == nil {
		named = words.Embedded()
	}
	return page{i, named.Brand(tongues[i].String())}
}

// Lang is the page's language.
func (p page) Lang() string { return tongues[p.tongue].String() }

// Say is a phrase in it.
func (p page) Say(phrase string) string { return phrases[phrase][p.tongue] }

// day is a date in it.
func (p page) day(t time.Time) string {
	if p.tongue == 0 {
		return t.Format("2 January 2006")
	}
	return t.Format("02/01/2006")
}

// sheet is what is on a page.
type sheet struct {
	page
	Title  string
	Notice notice
	Lines  []string // paragraphs
	Form   *form    // of preferences
	Button string   // unsubscribes
}

// notice is what there is to say before all else.
type notice struct{ Kind, Text string } // good or bad; empty: nothing

//go:embed page.css
var style string

//go:embed page.html.tmpl
var pageText string

var (
	pages = template.Must(template.New("page").Option("missingkey=error").Parse(pageText))

	// A page loads nothing, runs nothing, and is in nobody's frame.
	pagePolicy = func() string {
		sum := sha256.Sum256([]byte(style))
		return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	}()
)

// Style is the page's only style.
func (sheet) Style() template.CSS { return template.CSS(style) } // which is ours

// show sends a page. Its address is a key: it is kept nowhere, and told to nobody.
func (p page) show(w http.ResponseWriter, status int, s sheet) {
	s.page = p
	var b bytes.Buffer
	if err := pages.Execute(&b, s); err != nil {
		panic(err) // every page is tried by a test
	}
	h := w.Header()
	h.Set("Content-Type", html+"; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Language", p.Lang())
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Vary", "Accept, Accept-Language")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // who is gone does not need it
}

// problem sends a problem as a page, to somebody who can do nothing about most
// of them.
func (p page) problem(w http.ResponseWriter, is web.Problem) {
	kind := "wrong"
	switch {
	case is.Status == http.StatusNotFound:
		kind = "lost"
	case is.Status == http.StatusServiceUnavailable:
		kind = "later"
	case is.Status >= http.StatusInternalServerError:
		kind = "broken"
	}
	is.Hold(w)
	p.show(w, is.Status, sheet{Title: p.Say(kind), Lines: []string{p.Say(kind + ".do")}})
}

// aboutCategory is what a category's messages are about.
func (p page) aboutCategory(c booking.Category) string { return p.Say("category." + string(c)) }
