package request_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/web"
)

// clicks sends what a mail program sends.
func (h *house) clicks(path string, headers ...string) reply {
	h.t.Helper()
	return h.ask("POST", path, oneClick, append([]string{"Content-Type", "", "Content-Type", formType}, headers...)...)
}

func TestDoor_Unsubscribes(t *testing.T) {
	h := opened(t, 9)
	link := h.unsubscribes(booking.CategoryInterest)
	h.run(t, "looking at the page changes nothing, for programs follow links", func(t *testing.T) {
		commits := h.store.count()
		for _, method := range []string{"GET", "HEAD"} {
			r := h.must(200, h.ask(method, link, ""))
			if r.header.Get("Set-Cookie") != "" || h.store.count() != commits || len(h.facts(events.PreferencesChanged)) > 0 {
				t.Errorf("%+v", r.header)
			}
			if n := strings.Count(r.body, "<button"); method == "GET" && n != 1 {
				t.Errorf("it has %d buttons", n)
			}
		}
	})
	h.run(t, "while the broker is down it is not said to be done", func(t *testing.T) {
		h.broker.fails = errors.New("broker is down")
		defer func() { h.broker.fails = nil }()
		if r := h.must(503, h.clicks(link)); r.header.Get("Retry-After") == "" {
			t.Errorf("%+v", r)
		}
	})
	h.run(t, "one click ends the mail of that kind, and nothing else", func(t *testing.T) {
		r := h.must(200, h.clicks(link))
		if r.header.Get("Set-Cookie") != "" || r.header.Get("Location") != "" {
			t.Errorf("%+v", r.header)
		}
		p := h.prefers()
		if got := p.Categories[booking.CategoryInterest].Channels; strings.Join(got, " ") != "push" || p.Categories[booking.CategoryReceipt].Chosen {
			t.Errorf("%+v", p)
		}
		facts := h.facts(events.PreferencesChanged)
		if len(facts) != 1 || strings.Join(facts[0].Preferences.Channels[booking.CategoryInterest], " ") != "push" {
			t.Errorf("%+v", facts)
		}
	})
	h.run(t, "a second click is the same", func(t *testing.T) {
		commits := h.store.count()
		h.must(200, h.clicks(link))
		h.must(200, h.ask("POST", link, "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
			"Content-Type", "", "Content-Type", "multipart/form-data; boundary=x"))
		facts := h.facts(events.PreferencesChanged)
		if len(facts) != 3 || facts[0].ID != facts[2].ID || h.store.count() != commits {
			t.Errorf("%+v", facts)
		}
	})
	h.run(t, "and what else was wished stays", func(t *testing.T) {
		h.must(200, h.ask("PUT", h.path("preferences"), `{"channels":{"interest":["mail","text"],"receipt":["push"]},"locale":"fr"}`))
		h.must(200, h.clicks(link))
		p := h.prefers()
		if strings.Join(p.Categories[booking.CategoryInterest].Channels, " ") != "text" || strings.Join(p.Categories[booking.CategoryReceipt].Channels, " ") != "push" || p.Locale != "fr" {
			t.Errorf("%+v", p)
		}
	})
	h.run(t, "it does not say that the address is good", func(t *testing.T) {
		h.later(time.Second)
		h.suppress(h.camille(), booking.ChannelMail, booking.SuppressedBounce, h.now)
		h.must(200, h.clicks(link))
		if len(h.prefers().Suppressed) != 1 {
			t.Error("it is written to again")
		}
	})
	for says, c := range map[string]struct {
		body, media string
		code        int
	}{
		"without its field":  {"a=b", formType, 422},
		"with another value": {"List-Unsubscribe=no", formType, 422},
		"in JSON":            {`{}`, "application/json", 415},
		"that is broken":     {"List-Unsubscribe=%", formType, 400},
		"in broken parts":    {"--x", "multipart/form-data; boundary=x", 400},
		"that is too large":  {strings.Repeat("x", web.MaxBody+1), formType, 413},
	} {
		h.run(t, "a form "+says+" is refused", func(t *testing.T) {
			published := len(h.broker.names())
			h.must(c.code, h.ask("POST", h.unsubscribes(booking.CategoryReceipt), c.body, "Content-Type", "", "Content-Type", c.media))
			if len(h.broker.names()) != published {
				t.Error("and done")
			}
		})
	}
}

// forged are tokens that nobody was given.
func (h *house) forged() []string {
	good := strings.TrimPrefix(h.unsubscribes(booking.CategoryReceipt), "/u/")
	parts := strings.Split(good, ".")
	critical := h.camille() + ".ending." + parts[2]
	return []string{
		"x", good + "x", good[:len(good)-1], strings.ToUpper(good), strings.Replace(good, "receipt", "interest", 1),
		strings.Replace(good, parts[0], strings.Repeat("0", 32), 1), parts[0] + "." + parts[1] + ".", critical, good + ".", " " + good,
		parts[0] + ".receipt." + h.door.CustomerKey(h.camille()),
	}
}

func TestDoor_UnsubscribesByItsOwnLinksOnly(t *testing.T) {
	h := opened(t, 9)
	for _, token := range h.forged() {
		h.run(t, token+" is no link of ours", func(t *testing.T) {
			commits := h.store.count()
			path := "/u/" + strings.ReplaceAll(token, " ", "%20")
			h.must(404, h.clicks(path))
			if r := h.must(404, h.ask("GET", path, "", "Accept", "text/html")); !strings.Contains(r.body, "<h1>This link does not work</h1>") {
				t.Error(r.body)
			}
			if h.store.count() != commits {
				t.Error("it writes")
			}
		})
	}
	h.run(t, "nothing ends what nobody may miss", func(t *testing.T) {
		if link := h.door.Links("/")(h.camille(), booking.CategoryEnding).Unsubscribe; link != "" {
			t.Error(link)
		}
	})
}

// FuzzUnsubscribe sends any token: but for the one that was given out, each is
// answered as none of ours, and nothing is written.
func FuzzUnsubscribe(f *testing.F) {
	h := opened(f, 9)
	good := strings.TrimPrefix(h.unsubscribes(booking.CategoryReceipt), "/u/")
	for _, token := range append(h.forged(), good, "", "/", "%") {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		commits := h.store.count()
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/u/x", strings.NewReader(oneClick))
		r.URL.Path, r.URL.RawPath = "/u/"+token, ""
		r.Header.Set("Content-Type", formType)
		w := httptest.NewRecorder()
		h.mux.ServeHTTP(w, r)
		switch {
		case token == good:
			if w.Code != 200 {
				t.Errorf("got %d", w.Code)
			}
		case w.Code >= 500 || w.Code < 300 || h.store.count() != commits:
			t.Errorf("%q is answered by %d", token, w.Code)
		}
	})
}
