package words

import (
	"errors"
	html "html/template"
	"strings"
)

// Page is what a layout may show: every text is plain, and ready.
type Page struct {
	Template, Lang, Accent         string
	Brand, Subject, Title, Summary string
	Greeting, Signature            string
	Lead, After                    [][]string // paragraphs, of lines
	Facts                          []Fact
	Reference                      Fact // whose value is "" for who has no booking
	Why                            string
	View, Preferences, Unsubscribe Link // whose address is "" where it leads nowhere
}

// Fact is one thing to know.
type Fact struct {
	Line         string // the whole of it: "Seats: 2"
	Label, Value string
}

// Link is words that lead somewhere.
type Link struct{ Words, To string }

func pageOf(s sentences, k kind, lang string) Page {
	p := Page{
		Template: k.name, Lang: lang, Accent: k.accent,
		Brand: s.line("brand"), Subject: s.line("subject"), Title: s.line("title"), Summary: s.line("summary"),
		Greeting: s.line("greeting"), Signature: s.line("signature"), Why: s.line("why"),
		Lead: s.paragraphs("lead"), After: s.paragraphs("after"),
		Reference:   Fact{Label: s.line("reference"), Value: s.Told.Reference},
		View:        Link{s.line("view"), s.Links.Booking},
		Preferences: Link{s.line("preferences"), s.Links.Preferences},
		Unsubscribe: Link{s.line("unsubscribe"), s.Links.Unsubscribe},
	}
	for _, line := range s.lines("facts") {
		label, value, _ := strings.Cut(line, ": ")
		p.Facts = append(p.Facts, Fact{line, strings.TrimRight(label, " \u00a0"), value})
	}
	return p
}

// outlook is HTML for Outlook alone, which knows no max-width: package template
// leaves comments out, and this is one to everybody else.
func outlook(tags string) html.HTML { return html.HTML("<!--[if mso]>" + tags + "<![endif]-->") }

const laying = "lay out a message: "

// lay sets a page in both layouts.
func (w *Words) lay(p Page) (text, page string, err error) {
	var t, h strings.Builder
	if err = w.text.Execute(&t, p); err == nil {
		err = w.html.Execute(&h, p)
	}
	if err != nil {
		return "", "", errors.New(laying + plain(err))
	}
	return strings.TrimSpace(t.String()) + "\n", strings.TrimSpace(h.String()) + "\n", nil
}
