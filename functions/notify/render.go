package notify

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
	"text/template"

	"golang.org/x/text/currency"
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
	date string // a departure's time, in the departure's zone
	text *template.Template
}

var voices = []voice{
	speak(language.English, "Monday 2 January 2006, 15:04"),
	speak(language.French, "02/01/2006 à 15h04"),
}

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, v := range voices {
		tags = append(tags, v.tag)
	}
	return language.NewMatcher(tags)
}()

func speak(tag language.Tag, date string) voice {
	t := template.New(tag.String()).Option("missingkey=error")
	return voice{tag, date, template.Must(t.ParseFS(files, "templates/"+tag.String()+".tmpl"))}
}

// told is what a template may say.
type told struct {
	Name, Departure, When, Price, Amount string
	Seats                                int
	Reason                               booking.Reason
}

// render words the event's occurrence for the customer.
func render(e events.Event, c booking.Customer) (record.Message, error) {
	_, i := language.MatchStrings(matcher, c.Locale)
	v := voices[i]
	t := told{
		Name: c.Name, Departure: e.DepartureID, Seats: e.Seats, Reason: e.Reason,
		When: v.when(e.Booking), Price: v.money(e.Price),
	}
	if e.Amount != nil && e.Amount.Amount > 0 {
		t.Amount = v.money(*e.Amount)
	}
	subject, err := v.say(e.Occurrence+" subject", t)
	if err != nil {
		return record.Message{}, err
	}
	body, err := v.say(e.Occurrence, t)
	return record.Message{
		BookingID: e.Data.ID, Channel: e.Channel, To: c.Email, Locale: v.tag.String(),
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
	return b.StartsAt.In(zone(b.TimeZone)).Format(v.date)
}

// money writes an amount with the decimals that its currency has.
func (v voice) money(m booking.Money) string {
	unit, err := currency.ParseISO(m.Currency)
	if err != nil || unit == currency.XXX {
		return ""
	}
	digits, _ := currency.Standard.Rounding(unit)
	value := float64(m.Amount)
	for range digits {
		value /= 10
	}
	p := message.NewPrinter(v.tag)
	return p.Sprint(number.Decimal(value, number.Scale(digits))) + " " + m.Currency
}
