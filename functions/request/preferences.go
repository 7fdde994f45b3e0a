package request

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"golang.org/x/text/language"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// shownPreferences is what a customer wishes, and what they can be told by.
type shownPreferences struct {
	CustomerID string                             `json:"customerId"`
	Categories map[booking.Category]shownCategory `json:"categories"`
	Quiet      *booking.Quiet                     `json:"quietHours,omitempty"`
	TimeZone   string                             `json:"timeZone,omitempty"`
	Locale     string                             `json:"locale,omitempty"`
	Devices    []shownDevice                      `json:"devices"`
	Suppressed []suppressed                       `json:"suppressed"`
}

type shownCategory struct {
	Channels []string `json:"channels"` // by which its messages are told, in the order of booking.Channels
	Critical bool     `json:"critical"` // it cannot be switched off
	Chosen   bool     `json:"chosen"`   // by the customer; else it is as for everybody
}

// suppressed is an address that is written to no more.
type suppressed struct {
	Channel string    `json:"channel"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

func preferencesShown(id string, r booking.Reader) shownPreferences {
	p := r.Preferences
	v := shownPreferences{
		CustomerID: id, Categories: make(map[booking.Category]shownCategory), Quiet: p.Quiet, TimeZone: p.TimeZone, Locale: p.Locale,
		Devices: []shownDevice{}, Suppressed: []suppressed{},
	}
	for _, c := range booking.Categories() {
		_, chosen := p.Channels[c]
		v.Categories[c] = shownCategory{append([]string{}, p.Wants(c)...), c.Rule().Critical, chosen}
	}
	for _, d := range r.Devices {
		v.Devices = append(v.Devices, deviceShown(d))
	}
	if s := r.Suppressed; s != nil {
		v.Suppressed = append(v.Suppressed, suppressed{r.Channel, s.Code, s.At})
	}
	return v
}

// showPreferences answers what a customer wishes: a program by JSON, a person by
// a form.
func (d Door) showPreferences(w http.ResponseWriter, r *http.Request) error {
	id, err := d.customer(r)
	if err != nil {
		return err
	}
	is, err := record.ReadReader(r.Context(), d.Records, id)
	if err != nil {
		return err
	}
	if web.Accepts(r, html) {
		p := d.pageOf(r, is.Preferences.Locale)
		p.show(w, http.StatusOK, p.form(is, formOf(is.Preferences)))
		return nil
	}
	w.Header().Set("Vary", "Accept")
	web.JSON(w, http.StatusOK, preferencesShown(id, is))
	return nil
}

// replacePreferences takes all that a customer wishes.
func (d Door) replacePreferences(w http.ResponseWriter, r *http.Request) error {
	id, err := d.customer(r)
	if err != nil {
		return err
	}
	b, err := web.ReadObject(w, r)
	if err != nil {
		return err
	}
	p, err := wishes(id, b)
	if err != nil {
		return err
	}
	is, err := d.prefer(r, id, p)
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, preferencesShown(id, is))
	return nil
}

// prefer keeps and tells what a customer wishes. Who saves it says that their
// mail address is theirs and good: it is written to again.
func (d Door) prefer(r *http.Request, id string, p booking.Preferences) (booking.Reader, error) {
	now := d.Now()
	return d.change(r, id, func(was booking.Reader) booking.Reader {
		return restored(was.Prefer(p, now), booking.ChannelMail, now)
	}, record.PreferredFact, record.RestoredFact)
}

// wishes are the preferences that a body asks for.
func wishes(id string, b web.Body) (booking.Preferences, error) {
	data, err := checked(events.PreferencesChanged, map[string]json.RawMessage{
		"customerId": json.RawMessage(`"` + id + `"`), "preferences": b.Raw,
	}, func(at string) string { return below(at, "/preferences") })
	if err != nil {
		return booking.Preferences{}, err
	}
	p := *data.Preferences
	for c, chosen := range p.Channels {
		p.Channels[c] = inOrder(chosen)
	}
	return p, checkWishes(p)
}

// inOrder are the channels, each once, so that the same wish is the same record.
func inOrder(chosen []string) []string {
	return slices.DeleteFunc(booking.Channels(), func(c string) bool { return !slices.Contains(chosen, c) })
}

// checkWishes refuses what fits the schema and cannot be wished all the same.
func checkWishes(p booking.Preferences) error {
	var fields []web.Field
	say := func(pointer, detail string) { fields = append(fields, web.Field{Pointer: pointer, Detail: detail}) }
	for _, c := range booking.Categories() {
		if chosen, given := p.Channels[c]; given && len(chosen) == 0 && c.Rule().Critical {
			say("/channels/"+string(c), "cannot be empty: nobody may miss these messages, so name at least one channel for them")
		}
	}
	switch q := p.Quiet; {
	case q != nil && q.From == q.To:
		say("/quietHours/to", "is the same as from: all day nothing could be told")
	case q != nil && p.TimeZone == "":
		say("/timeZone", "is missing: it says by whose clocks the hours are quiet")
	}
	if p.TimeZone != "" && !zone(p.TimeZone) {
		say("/timeZone", "is not an IANA time zone, as Europe/Paris")
	}
	if _, err := language.Parse(p.Locale); p.Locale != "" && err != nil {
		say("/locale", "is not a language of BCP 47, as fr-FR")
	}
	if len(fields) > 0 {
		return web.Invalid(fields...)
	}
	return nil
}
