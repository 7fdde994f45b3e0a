package words

import (
	"bytes"
	"fmt"
	"strings"
	"text/template"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// Say words the news for a channel, in the language that suits the customer
// best. The message has no key and no address yet. An error is a template that
// there is not, or that cannot say this; it has nothing of the customer in it.
func (w *Words) Say(n News, channel string) (record.Message, error) {
	k, ok := kindOf(n.Template)
	if !ok {
		return record.Message{}, fmt.Errorf("no template is called %q", n.Template)
	}
	if k.category.Rule().Critical {
		n.Links.Unsubscribe = "" // nobody can
	}
	i := match(n.Customer.Locale)
	s, err := voices[i].sentences(w.said[k.name][i], voices[i].told(n, k.category))
	if err != nil {
		return record.Message{}, err
	}
	m := record.Message{
		BookingID: n.Booking.ID, Channel: channel, Locale: voices[i].tag.String(), Template: k.name, Category: k.category,
	}
	switch channel {
	case booking.ChannelMail:
		m.Subject, m.Calendar, m.Unsubscribe = s.line("subject"), invitation(n, s), n.Links.Unsubscribe
		m.Body, m.HTML, err = w.lay(pageOf(s, k, m.Locale))
	case booking.ChannelText:
		m.Body = gsm(s.line("text"))
	case booking.ChannelPush:
		m.Subject, m.Body = s.line("title"), s.line("summary")
	default:
		err = fmt.Errorf("no channel is called %q", channel)
	}
	return m, err
}

// Sample is a template's first example, or that with the label, for who wants
// to see it.
func (w *Words) Sample(name, label, locale, channel string) (record.Message, error) {
	for _, x := range Examples() {
		if x.Template == name && (label == "" || x.Label == label) {
			x.Customer.Locale = locale
			return w.Say(x.News, channel)
		}
	}
	if _, ok := kindOf(name); !ok {
		return record.Message{}, fmt.Errorf("no template is called %q: there are %s", name, strings.Join(kindNames(), ", "))
	}
	return record.Message{}, fmt.Errorf("%s has no example %q", name, label)
}

func kindNames() (all []string) {
	for _, k := range kinds {
		all = append(all, k.name)
	}
	return all
}

// sentences are a message's parts, and those that are shared, in words.
type sentences struct {
	Told
	parts map[string]string
}

// sharedParts are the templates that every message has of its language's shared
// file.
var sharedParts = []string{"brand", "greeting", "signature", "why", "reference", "view", "preferences", "unsubscribe"}

func (v voice) sentences(t *template.Template, told Told) (sentences, error) {
	s := sentences{told, make(map[string]string)}
	for _, part := range append(parts[:len(parts):len(parts)], sharedParts...) {
		text, err := said(t, part, told)
		if err != nil {
			return s, fmt.Errorf("word a message: %s", plain(err))
		}
		s.parts[part] = v.typeset(text)
	}
	return s, nil
}

func said(t *template.Template, part string, told Told) (string, error) {
	var b bytes.Buffer
	err := t.ExecuteTemplate(&b, part, told)
	return strings.TrimSpace(b.String()), err
}

// line is a part on one line: nothing can be put into a mail's head by it.
func (s sentences) line(part string) string {
	return strings.Join(strings.FieldsFunc(s.parts[part], func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
}

// lines are a part's lines that say something.
func (s sentences) lines(part string) (all []string) {
	for line := range strings.Lines(s.parts[part]) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// paragraphs are a part's lines, between those that are empty.
func (s sentences) paragraphs(part string) (all [][]string) {
	open := false
	for line := range strings.Lines(s.parts[part]) {
		if line = strings.TrimSpace(line); line == "" {
			open = false
			continue
		}
		if !open {
			all, open = append(all, nil), true
		}
		all[len(all)-1] = append(all[len(all)-1], line)
	}
	return all
}
