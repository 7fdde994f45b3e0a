package request

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// form is that of preferences, as it is filled in.
type form struct {
	Categories []boxes
	Reach      string // where to
	Quiet      bool
	From, To   string
	Zones      []zoneGroup
	HoursWrong string
	Locales    []option
	Devices    []shownDeviceLine
}

// boxes are a category's, one for each channel.
type boxes struct {
	ID, Title, Hint, Wrong string
	Critical               bool
	Boxes                  []box
}

type box struct {
	Name, Label string
	On          bool
}

type option struct {
	Value, Label string
	On           bool
}

type shownDeviceLine struct{ ID, Name, Since string }

// formOf is how preferences are filled in, with a night for who has no quiet
// hours.
func formOf(p booking.Preferences) url.Values {
	v := url.Values{"timeZone": {p.TimeZone}, "locale": {p.Locale}, "from": {"22:00"}, "to": {"07:00"}}
	for _, c := range booking.Categories() {
		for _, channel := range p.Wants(c) {
			v.Set(boxName(c, channel), "on")
		}
	}
	if p.Quiet != nil {
		from, _ := p.Quiet.From.MarshalText() // it never fails
		to, _ := p.Quiet.To.MarshalText()
		v["quiet"], v["from"], v["to"] = []string{"on"}, []string{string(from)}, []string{string(to)}
	}
	return v
}

func boxName(c booking.Category, channel string) string { return string(c) + "." + channel }

// bodyOf is what somebody who is no browser would have sent.
func bodyOf(v url.Values) web.Body {
	channels := make(map[string][]string)
	for _, c := range booking.Categories() {
		channels[string(c)] = slices.DeleteFunc(booking.Channels(), func(channel string) bool { return v.Get(boxName(c, channel)) == "" })
	}
	all := map[string]any{"channels": channels}
	if v.Get("quiet") != "" {
		all["quietHours"] = map[string]string{"from": v.Get("from"), "to": v.Get("to")}
	}
	for _, name := range []string{"timeZone", "locale"} {
		if v.Get(name) != "" {
			all[name] = v.Get(name)
		}
	}
	raw, err := json.Marshal(all)
	if err != nil {
		panic(err) // it is texts
	}
	return web.Body{Raw: raw}
}

// form is the page of preferences, filled in as v says.
func (p page) form(is booking.Reader, v url.Values) sheet {
	f := &form{
		Quiet: v.Get("quiet") != "", From: v.Get("from"), To: v.Get("to"), Zones: p.zones(v.Get("timeZone")),
		Locales: p.locales(v.Get("locale")), Reach: p.Say("reach"),
	}
	for _, c := range booking.Categories() {
		b := boxes{ID: string(c), Title: p.aboutCategory(c), Hint: p.Say("hint." + string(c)), Critical: c.Rule().Critical}
		for _, channel := range booking.Channels() {
			b.Boxes = append(b.Boxes, box{boxName(c, channel), p.Say(channel), v.Get(boxName(c, channel)) != ""})
		}
		f.Categories = append(f.Categories, b)
	}
	for _, d := range is.Devices {
		line := shownDeviceLine{d.ID, d.Name, p.Say("device.since") + p.day(d.Since)}
		if line.Name == "" {
			line.Name = p.Say("device")
		}
		f.Devices = append(f.Devices, line)
	}
	if len(f.Devices) == 0 {
		f.Reach = p.Say("reach.none")
	}
	s := sheet{Title: p.Say("title"), Lines: []string{p.Say("lead")}, Form: f}
	if is.Suppressed != nil {
		s.Notice = notice{"bad", p.Say("stopped." + is.Suppressed.Code)}
	}
	return s
}

// locales are the languages of messages, with the one that was chosen by other
// means.
func (p page) locales(chosen string) []option {
	all := []option{{"", p.Say("language.any"), chosen == ""}, {"en", "English", chosen == "en"}, {"fr", "Français", chosen == "fr"}}
	if slices.ContainsFunc(all, func(o option) bool { return o.On }) {
		return all
	}
	name := chosen
	base, _ := language.Make(chosen).Base()
	for _, o := range all {
		if o.Value == base.String() {
			name = o.Label + " (" + chosen + ")"
		}
	}
	return append(all, option{chosen, name, true})
}

// complain marks what is to be mended.
func (s sheet) complain(wrong web.Problem) sheet {
	s.Notice = notice{"bad", s.Say("unsaved")}
	for _, field := range wrong.Fields {
		switch at := field.Pointer; {
		case strings.HasPrefix(at, "/channels/"):
			for i := range s.Form.Categories {
				if c := &s.Form.Categories[i]; below(at, "/channels/"+c.ID) != at {
					c.Wrong = s.Say("need.channel")
				}
			}
		case strings.HasPrefix(at, "/quietHours"):
			s.Form.HoursWrong = s.Say("need.hours")
		case at == "/timeZone" && s.Form.HoursWrong == "":
			s.Form.HoursWrong = s.Say("need.zone")
		}
	}
	return s
}

// submitPreferences takes the form: all that a customer wishes, or a device that
// is to be told no more.
func (d Door) submitPreferences(w http.ResponseWriter, r *http.Request) error {
	id, err := d.customer(r)
	if err != nil {
		return err
	}
	v, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	is, err := record.ReadReader(r.Context(), d.Records, id)
	if err != nil {
		return err
	}
	done := "saved"
	if device := v.Get("forget"); device != "" {
		done = "forgotten"
		is, err = d.change(r, id, func(was booking.Reader) booking.Reader { return was.Unregister(device) })
	} else {
		var wished booking.Preferences
		if wished, err = wishes(id, bodyOf(v)); err != nil {
			return d.unsaved(w, r, is, v, err)
		}
		is, err = d.prefer(r, id, wished)
	}
	if err != nil {
		return err
	}
	p := d.pageOf(r, is.Preferences.Locale)
	s := p.form(is, formOf(is.Preferences))
	s.Notice = notice{"good", p.Say(done)}
	p.show(w, http.StatusOK, s)
	return nil
}

// unsaved shows the form as it was sent, and what is to be mended.
func (d Door) unsaved(w http.ResponseWriter, r *http.Request, is booking.Reader, v url.Values, err error) error {
	var wrong web.Problem
	if !errors.As(err, &wrong) || !web.Accepts(r, html) {
		return err
	}
	p := d.pageOf(r, is.Preferences.Locale)
	s := p.form(is, v)
	s.page = p
	p.show(w, wrong.Status, s.complain(wrong))
	return nil
}
