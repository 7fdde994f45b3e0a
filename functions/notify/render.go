package notify

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

//go:embed templates/*.tmpl
var files embed.FS

// voice is one language that we speak. The first is spoken to who asks for
// another.
type voice struct {
	tag  language.Tag
	date func(time.Time) string // a departure's time, in the departure's zone
	text *template.Template
}

var voices = []voice{
	speak(language.English, englishDate),
	speak(language.French, frenchDate),
}

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, v := range voices {
		tags = append(tags, v.tag)
	}
	return language.NewMatcher(tags)
}()

func speak(tag language.Tag, date func(time.Time) string) voice {
	t := template.New(tag.String()).Option("missingkey=error")
	return voice{tag, date, template.Must(t.ParseFS(files, "templates/"+tag.String()+".tmpl"))}
}

// Templates are the messages that can be sent, each in every language that has
// a subject for it, by name.
func Templates() []record.Template {
	locales := make(map[string][]string)
	for _, v := range voices {
		for _, t := range v.text.Templates() {
			if name, ok := strings.CutSuffix(t.Name(), " subject"); ok {
				locales[name] = append(locales[name], v.tag.String())
			}
		}
	}
	var all []record.Template
	for _, name := range slices.Sorted(maps.Keys(locales)) {
		all = append(all, record.Template{Name: name, Locales: locales[name]})
	}
	return all
}

// told is what a template may say.
type told struct {
	Name, Reference, Departure, When string
	Price, Amount                    string // "" where there is none
	Seats                            int
	Reason                           booking.Reason
	Policy                           booking.Policy // the best tier first
}

// render words the event's occurrence for the customer.
func render(e events.Event, c booking.Customer) (record.Message, error) {
	_, i := language.MatchStrings(matcher, c.Locale)
	v := voices[i]
	t := told{
		Name: c.Name, Reference: e.Data.ID, Departure: e.DepartureID, When: v.when(e.Booking),
		Price: v.money(e.Price), Seats: e.Seats, Reason: e.Reason,
	}
	if e.Amount != nil && e.Amount.Amount > 0 {
		t.Amount = v.money(*e.Amount)
	}
	t.Policy = slices.SortedFunc(slices.Values(e.Policy), func(a, b booking.Tier) int {
		return cmp.Compare(b.HoursBefore, a.HoursBefore)
	})
	subject, err := v.say(e.Occurrence+" subject", t)
	if err != nil {
		return record.Message{}, err
	}
	body, err := v.say(e.Occurrence, t)
	return record.Message{
		BookingID: e.Data.ID, Channel: e.Channel, To: c.Email, Locale: v.tag.String(),
		Template: e.Occurrence, Category: booking.CategoryEnding,
		Subject: strings.TrimSpace(subject), Body: strings.TrimSpace(body) + "\n",
	}, err
}

func (v voice) say(name string, t told) (string, error) {
	var b bytes.Buffer
	if err := v.text.ExecuteTemplate(&b, name, t); err != nil {
		return "", fmt.Errorf("template %q in %s: %w", name, v.tag, err)
	}
	return b.String(), nil
}

// when is the departure's time as its own clocks show it, or "" before it is
// known.
func (v voice) when(b booking.Booking) string {
	if b.StartsAt.IsZero() {
		return ""
	}
	at := b.StartsAt.In(zone(b.TimeZone))
	if at.Location() == time.UTC {
		return v.date(at) + " UTC" // the departure's own zone is not known
	}
	return v.date(at)
}

// money writes an amount with the decimals that its currency has, or "" where
// it is of none.
func (v voice) money(m booking.Money) string {
	digits, ok := booking.Digits(m.Currency)
	if !ok {
		return ""
	}
	value := float64(m.Amount)
	for range digits {
		value /= 10
	}
	p := message.NewPrinter(v.tag)
	return p.Sprint(number.Decimal(value, number.Scale(digits))) + " " + m.Currency
}
