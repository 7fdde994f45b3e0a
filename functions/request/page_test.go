package request_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/web"
)

// browser is what a browser says that it takes.
const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// opens looks at a page.
func (h *house) opens(code int, path string, headers ...string) string {
	h.t.Helper()
	r := h.must(code, h.ask("GET", path, "", append(headers, "Accept", browser)...))
	h.isPage(r)
	return r.body
}

// submits sends a form, as a browser does.
func (h *house) submits(code int, path, form string, headers ...string) string {
	h.t.Helper()
	r := h.must(code, h.ask("POST", path, form, append(headers, "Accept", browser, "Content-Type", "", "Content-Type", formType)...))
	h.isPage(r)
	return r.body
}

var styled = regexp.MustCompile(`(?s)<style>(.*)</style>`)

// isPage wants what is true of every page.
func (h *house) isPage(r reply) {
	h.t.Helper()
	if r.header.Get("Content-Type") != "text/html; charset=utf-8" || r.header.Get("Cache-Control") != "no-store" || r.header.Get("Set-Cookie") != "" ||
		r.header.Get("Referrer-Policy") != "no-referrer" || r.header.Get("X-Content-Type-Options") != "nosniff" {
		h.t.Errorf("headers %v", r.header)
	}
	policy, style := r.header.Get("Content-Security-Policy"), styled.FindStringSubmatch(r.body)
	sum := sha256.Sum256([]byte(append(style, "", "")[1]))
	if !strings.Contains(policy, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || !strings.HasPrefix(policy, "default-src 'none';") ||
		strings.Contains(policy, "unsafe") || strings.Contains(r.body, "<script") || strings.Contains(r.body, "style=") {
		h.t.Errorf("its policy %q is not what it has", policy)
	}
	if lang := r.header.Get("Content-Language"); !strings.Contains(r.body, `<html lang="`+lang+`">`) {
		h.t.Errorf("language %q", lang)
	}
	for _, id := range regexp.MustCompile(` (?:for|aria-describedby)="([^"]*)"`).FindAllStringSubmatch(r.body, -1) {
		for _, one := range strings.Fields(id[1]) {
			if !strings.Contains(r.body, ` id="`+one+`"`) {
				h.t.Errorf("%s leads to nothing", id[0])
			}
		}
	}
}

const ticked = "ending.mail=on&change.mail=on&change.text=on"

func TestDoor_PreferencesPage(t *testing.T) {
	h := opened(t, 9)
	h.run(t, "a browser gets a form, in its language", func(t *testing.T) {
		en := h.opens(200, h.path("preferences"))
		fr := h.opens(200, h.path("preferences"), "Accept-Language", "fr-CH, de;q=0.9")
		if !strings.Contains(en, "<h1>Your message preferences</h1>") || !strings.Contains(fr, "<h1>Vos préférences de messages</h1>") ||
			!strings.Contains(en, `name="ending.mail" value="on" checked>`) || strings.Contains(en, `name="ending.text" value="on" checked>`) ||
			!strings.Contains(en, `<p class="brand">Tourbillon</p>`) {
			t.Errorf("%s\n%s", en, fr)
		}
		if r := h.ask("GET", h.path("preferences"), "", "Accept", browser); r.header.Get("Vary") != "Accept, Accept-Language" {
			t.Errorf("%v", r.header)
		}
	})
	h.run(t, "a program gets JSON, whatever it takes besides", func(t *testing.T) {
		for _, accept := range []string{"", "*/*", "application/json, text/html", "application/*"} {
			if r := h.ask("GET", h.path("preferences"), "", "Accept", accept); r.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: %v", accept, r.header)
			}
		}
	})
	h.run(t, "the form saves, and says so in the language that was chosen", func(t *testing.T) {
		page := h.submits(200, h.path("preferences"), ticked+"&quiet=on&from=22:00&to=07:00&timeZone=Europe/Paris&locale=fr")
		if !strings.Contains(page, `role="status">Vos choix sont enregistrés.`) || !strings.Contains(page, `<option value="Europe/Paris" selected>Paris</option>`) {
			t.Error(page)
		}
		p := h.prefers()
		if strings.Join(p.Categories[booking.CategoryChange].Channels, " ") != "mail text" || len(p.Categories[booking.CategoryReceipt].Channels) != 0 ||
			p.QuietHours == nil || p.QuietHours.To != "07:00" || p.TimeZone != "Europe/Paris" || p.Locale != "fr" {
			t.Errorf("%+v", p)
		}
		if page := h.opens(200, h.path("preferences"), "Accept-Language", "en"); !strings.Contains(page, "Vos préférences") {
			t.Error(page)
		}
	})
	h.run(t, "what was chosen by other means is offered too", func(t *testing.T) {
		h.must(200, h.ask("PUT", h.path("preferences"), `{"locale":"en-GB","timeZone":"Antarctica/Troll"}`))
		page := h.opens(200, h.path("preferences"))
		if !strings.Contains(page, `value="en-GB" selected>English (en-GB)<`) || !strings.Contains(page, `value="Antarctica/Troll" selected`) {
			t.Error(page)
		}
	})
	for says, c := range map[string]struct{ form, complaint string }{
		"nothing ticked of what nobody may miss": {"change.mail=on", "please choose at least one way"},
		"hours without an end":                   {ticked + "&quiet=on&from=22:00&to=&timeZone=Europe/Paris", "two different times"},
		"hours that are the whole day":           {ticked + "&quiet=on&from=22:00&to=22:00&timeZone=Europe/Paris", "two different times"},
		"hours by nobody's clocks":               {ticked + "&quiet=on&from=22:00&to=07:00", "choose the place"},
		"a place that is none":                   {ticked + "&timeZone=Mars", "choose the place"},
	} {
		h.run(t, says+" is shown again, as it was sent, with what to mend", func(t *testing.T) {
			commits := h.store.count()
			page := h.submits(422, h.path("preferences"), c.form+"&receipt.push=on")
			if !strings.Contains(page, c.complaint) || !strings.Contains(page, `role="alert"`) || !strings.Contains(page, `name="receipt.push" value="on" checked`) || h.store.count() != commits {
				t.Error(page)
			}
		})
	}
	h.run(t, "a program that sends the form is told by a problem", func(t *testing.T) {
		r := h.must(422, h.ask("POST", h.path("preferences"), "change.mail=on", "Content-Type", "", "Content-Type", formType))
		if got := r.problem(t).Errors; len(got) != 1 || got[0].Pointer != "/channels/ending" {
			t.Errorf("%+v", got)
		}
	})
	h.run(t, "a form that cannot be read is refused", func(t *testing.T) {
		h.submits(400, h.path("preferences"), "a=%zz")
		h.submits(413, h.path("preferences"), strings.Repeat("x", web.MaxBody+1))
		h.must(415, h.ask("POST", h.path("preferences"), "{}"))
	})
	h.run(t, "and so is one without the key", func(t *testing.T) {
		h.submits(404, "/customers/"+h.camille()+"/preferences?key=guess", ticked)
	})
}

func TestDoor_PreferencesPageOfDevices(t *testing.T) {
	h := opened(t, 9)
	name := `<img src=x onerror=alert(1)>"'&`
	h.must(201, h.ask("POST", h.path("devices"), replaced(`{"token":"t1"}`, "name", `"<img src=x onerror=alert(1)>\"'&"`)))
	h.must(201, h.ask("POST", h.path("devices"), `{"token":"t2"}`))
	page := h.opens(200, h.path("preferences"))
	h.run(t, "what a customer has named is shown as text", func(t *testing.T) {
		if strings.Contains(page, "<img") || !strings.Contains(page, "&lt;img src=x onerror=alert(1)&gt;&#34;&#39;&amp;") || strings.Contains(page, name) {
			t.Error(page)
		}
	})
	h.run(t, "and what a form was sent with, too", func(t *testing.T) {
		page := h.submits(422, h.path("preferences"), "from=%22%3E%3Cscript%3E&locale=%3Cscript%3E&timeZone=%22%3E%3Cb%3E")
		if strings.Contains(page, "<script") || strings.Contains(page, "<b>\"") || !strings.Contains(page, "&#34;&gt;&lt;script&gt;") {
			t.Error(page)
		}
	})
	h.run(t, "a button removes a device, and nothing else is saved", func(t *testing.T) {
		page := h.submits(200, h.path("preferences"), "forget="+h.door.DeviceID("t1"))
		if !strings.Contains(page, "The device is removed") || strings.Contains(page, "onerror") {
			t.Error(page)
		}
		if p := h.prefers(); len(p.Devices) != 1 || p.Categories[booking.CategoryEnding].Chosen {
			t.Errorf("%+v", p)
		}
	})
}

func TestDoor_PagesThatSayNo(t *testing.T) {
	h := opened(t, 9)
	for name, path := range map[string]string{
		"preferences": "/customers/" + h.camille() + "/preferences", "unsubscribing": "/u/x",
	} {
		h.run(t, name+" without a key", func(t *testing.T) {
			page := h.opens(404, path, "Accept-Language", "fr")
			if !strings.Contains(page, "Ce lien ne fonctionne pas") {
				t.Error(page)
			}
		})
	}
	h.run(t, "when the store is down, to try again", func(t *testing.T) {
		h.store.fail(&arrow.AgainError{Err: http.ErrHandlerTimeout, After: 7 * time.Second})
		defer h.store.fail(nil)
		r := h.must(503, h.ask("GET", h.path("preferences"), "", "Accept", browser))
		if h.isPage(r); r.header.Get("Retry-After") != "7" || !strings.Contains(r.body, "try again in a moment") {
			t.Errorf("%+v", r)
		}
	})
	h.run(t, "when something is broken, that it is", func(t *testing.T) {
		h.store.panic(true)
		defer h.store.panic(false)
		if page := h.opens(500, h.path("preferences")); !strings.Contains(page, "It is our mistake") || strings.Contains(page, "somebody") {
			t.Error(page)
		}
	})
	for code, why := range map[string]string{booking.SuppressedBounce: "came back", booking.SuppressedOptOut: "you asked us not to"} {
		h.run(t, "that an address is written to no more: "+code, func(t *testing.T) {
			h.later(time.Second)
			h.suppress(h.camille(), booking.ChannelMail, code, h.now)
			if page := h.opens(200, h.path("preferences")); !strings.Contains(page, why) {
				t.Error(page)
			}
			if page := h.submits(200, h.path("preferences"), ticked); strings.Contains(page, why) {
				t.Error(page)
			}
		})
	}
}

func TestPhrases(t *testing.T) {
	used, phrases := request.Said(), request.Phrases()
	for name, texts := range phrases {
		if !used(name) {
			t.Errorf("nobody says %q", name)
		}
		for i, text := range texts {
			if strings.TrimSpace(text) == "" || i == 1 && regexp.MustCompile(` [:;!?»]|« `).MatchString(text) {
				t.Errorf("%s is %q: French has a space there that does not break", name, text)
			}
		}
	}
	for _, name := range request.Asked() {
		if _, ok := phrases[name]; !ok {
			t.Errorf("there is no phrase %q", name)
		}
	}
	for _, zone := range request.Zones() {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Error(err)
		}
	}
}
