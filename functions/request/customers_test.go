package request_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

const (
	formType = "application/x-www-form-urlencoded"
	oneClick = "List-Unsubscribe=One-Click"
	watcher  = `{"customer":{"name":"Camille","email":"camille@example.com","locale":"fr-FR"}}`
)

// camille is the id of the customer who books and watches.
func (h *house) camille() string {
	return h.door.CustomerID(booking.Customer{Email: "camille@example.com"})
}

// path is a path of Camille's, with her key.
func (h *house) path(name string) string {
	return "/customers/" + h.camille() + "/" + name + "?key=" + h.door.CustomerKey(h.camille())
}

// unsubscribes is the path of a link that ends Camille's mail of a category.
func (h *house) unsubscribes(c booking.Category) string {
	return h.door.Links("/")(h.camille(), c).Unsubscribe
}

// place is a path of the file, of what there is in an opened house.
func (h *house) place(path string) string {
	if strings.HasPrefix(path, "/bookings/{id}") {
		path = strings.Replace(path, "{id}", h.books(camille).BookingID, 1)
	}
	return strings.NewReplacer(
		"/tours/{id}", "/tours/old-town", "/departures/{id}", "/departures/lyon-0900", "/customers/{id}", "/customers/"+h.camille(),
		"{device}", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "/u/{token}", h.unsubscribes(booking.CategoryReceipt),
	).Replace(path)
}

// reader is what is kept of somebody, by the id of their address.
func (h *house) reader(id string) booking.Reader {
	h.t.Helper()
	r, err := record.ReadReader(h.t.Context(), h.door.Records, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// facts are the events of a name that the door published.
func (h *house) facts(name events.Name) (all []events.Event) {
	h.broker.mu.Lock()
	defer h.broker.mu.Unlock()
	for _, e := range h.broker.published {
		if e.Name == name {
			all = append(all, e)
		}
	}
	return all
}

// suppress has an address written to no more.
func (h *house) suppress(id, channel, why string, heard time.Time) {
	h.t.Helper()
	err := record.ChangeReader(h.t.Context(), h.door.Records, id, func(r booking.Reader) booking.Reader {
		return r.Suppress(channel, why, heard, h.clock())
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// preferences are as they are shown.
type preferences struct {
	CustomerID string
	Categories map[booking.Category]struct {
		Channels         []string
		Critical, Chosen bool
	}
	QuietHours       *struct{ From, To string }
	TimeZone, Locale string
	Devices          []struct {
		ID, Name string
		Since    time.Time
	}
	Suppressed []struct{ Channel, Reason string }
}

func (h *house) prefers() (p preferences) {
	h.t.Helper()
	h.must(200, h.ask("GET", h.path("preferences"), "")).into(h.t, &p)
	return p
}

// keys are ways to ask for what is Camille's, and whether they are good.
func (h *house) keys() map[string]struct {
	query, authorization string
	good                 bool
} {
	key := h.door.CustomerKey(h.camille())
	other := h.door.CustomerKey(h.door.CustomerID(booking.Customer{Email: "ada@example.com"}))
	return map[string]struct {
		query, authorization string
		good                 bool
	}{
		"her key in the address":                       {"?key=" + key, "", true},
		"her key in the header":                        {"", "Bearer " + key, true},
		"the operator's token":                         {"", asOperator, true},
		"no key":                                       {"", "", false},
		"an empty key":                                 {"?key=", "", false},
		"half her key":                                 {"?key=" + key[:16], "", false},
		"another customer's key":                       {"?key=" + other, "", false},
		"another customer's key in the header":         {"", "Bearer " + other, false},
		"her own id for a key":                         {"?key=" + h.camille(), "", false},
		"another operator's token":                     {"", "Bearer guess", false},
		"her key by another scheme":                    {"", "Basic " + key, false},
		"a wrong key, which no token mends":            {"?key=" + other, asOperator, false},
		"the key to unsubscribe, which is no such key": {"?key=" + strings.Split(h.unsubscribes(booking.CategoryReceipt), ".")[2], "", false},
	}
}

func TestDoor_CustomersKey(t *testing.T) {
	h := opened(t, 9)
	h.books(camille)
	stranger := strings.Repeat("0", 32)
	for name, how := range h.keys() {
		for what, send := range map[string]func(id string) reply{
			"GET preferences": func(id string) reply {
				return h.ask("GET", "/customers/"+id+"/preferences"+how.query, "", "Authorization", how.authorization)
			},
			"PUT preferences": func(id string) reply {
				return h.ask("PUT", "/customers/"+id+"/preferences"+how.query, "{}", "Authorization", how.authorization)
			},
			"GET notifications": func(id string) reply {
				return h.ask("GET", "/customers/"+id+"/notifications"+how.query, "", "Authorization", how.authorization)
			},
			"POST devices": func(id string) reply {
				return h.ask("POST", "/customers/"+id+"/devices"+how.query, `{"token":"t"}`, "Authorization", how.authorization)
			},
			"DELETE devices": func(id string) reply {
				return h.ask("DELETE", "/customers/"+id+"/devices/d"+how.query, "", "Authorization", how.authorization)
			},
			"DELETE watch": func(id string) reply {
				return h.ask("DELETE", "/departures/lyon-0900/watch"+strings.Replace("?customer="+id+how.query, id+"?", id+"&", 1), "", "Authorization", how.authorization)
			},
		} {
			h.run(t, what+" with "+name, func(t *testing.T) {
				commits, published := h.store.count(), len(h.broker.names())
				got := send(h.camille())
				if how.good {
					if got.code > 299 {
						t.Errorf("got %d %s", got.code, got.body)
					}
					return
				}
				h.must(404, got)
				if nobody := send(stranger); nobody.code != got.code || nobody.body != got.body {
					t.Errorf("of nobody it says %d %s, of her %s", nobody.code, nobody.body, got.body)
				}
				if h.store.count() != commits || len(h.broker.names()) != published {
					t.Error("it writes, or publishes")
				}
			})
		}
	}
	for _, id := range []string{"x", "{s017}", strings.Repeat("A", 32), strings.Repeat("0", 33)} {
		h.run(t, "operators too find nobody by what is no id: "+id, func(t *testing.T) {
			h.must(404, h.operator("GET", "/customers/"+id+"/preferences", ""))
		})
	}
}

func TestDoor_Preferences(t *testing.T) {
	h := opened(t, 9)
	const night = `{"channels":{"receipt":[],"interest":["push","mail","push"],"change":["text"]},
		"quietHours":{"from":"22:00","to":"07:00"},"timeZone":"Europe/Paris","locale":"fr-FR"}`
	h.run(t, "who has wished for nothing is told as everybody", func(t *testing.T) {
		p := h.prefers()
		ending, receipt := p.Categories[booking.CategoryEnding], p.Categories[booking.CategoryReceipt]
		if p.CustomerID != h.camille() || !ending.Critical || ending.Chosen || strings.Join(ending.Channels, " ") != "mail push" ||
			receipt.Critical || strings.Join(receipt.Channels, " ") != "mail" || p.QuietHours != nil || p.Devices == nil || p.Suppressed == nil {
			t.Errorf("%+v", p)
		}
	})
	h.run(t, "what is saved is shown, and a fact says it", func(t *testing.T) {
		var p preferences
		h.must(200, h.ask("PUT", h.path("preferences"), night)).into(t, &p)
		receipt, interest := p.Categories[booking.CategoryReceipt], p.Categories[booking.CategoryInterest]
		if !receipt.Chosen || len(receipt.Channels) != 0 || strings.Join(interest.Channels, " ") != "mail push" || p.QuietHours.From != "22:00" ||
			p.TimeZone != "Europe/Paris" || p.Locale != "fr-FR" || p.Categories[booking.CategoryEnding].Chosen {
			t.Errorf("%+v", p)
		}
		facts := h.facts(events.PreferencesChanged)
		if len(facts) != 1 || facts[0].CustomerID != h.camille() || facts[0].Subject != h.camille() || facts[0].Record != "customer" ||
			facts[0].RecordVersion != 1 || facts[0].Preferences.Quiet == nil || facts[0].Preferences.Locale != "fr-FR" {
			t.Errorf("%+v", facts)
		}
	})
	h.run(t, "saved again it is the same fact, and nothing is written", func(t *testing.T) {
		commits := h.store.count()
		h.later(time.Hour)
		h.must(200, h.ask("PUT", h.path("preferences"), night))
		facts := h.facts(events.PreferencesChanged)
		if len(facts) != 2 || facts[0].ID != facts[1].ID || facts[0].RecordVersion != facts[1].RecordVersion || !facts[0].Time.Equal(facts[1].Time) || h.store.count() != commits {
			t.Errorf("%+v", facts)
		}
	})
	h.run(t, "saving replaces all", func(t *testing.T) {
		h.must(200, h.ask("PUT", h.path("preferences"), `{"locale":"en"}`))
		if p := h.prefers(); p.QuietHours != nil || p.TimeZone != "" || p.Locale != "en" || p.Categories[booking.CategoryReceipt].Chosen {
			t.Errorf("%+v", p)
		}
		if facts := h.facts(events.PreferencesChanged); facts[2].ID == facts[0].ID || facts[2].RecordVersion != 2 {
			t.Errorf("%+v", facts)
		}
	})
}

func TestDoor_PreferencesLiftASuppression(t *testing.T) {
	for name, heard := range map[string]time.Duration{"before": -time.Hour, "by a clock that is ahead": time.Minute} {
		t.Run("who saves is written to again, whose mail came back "+name, func(t *testing.T) {
			h := opened(t, 9)
			h.suppress(h.camille(), booking.ChannelMail, booking.SuppressedBounce, h.now.Add(heard))
			if p := h.prefers(); len(p.Suppressed) != 1 || p.Suppressed[0].Channel != "mail" || p.Suppressed[0].Reason != "bounced" {
				t.Fatalf("%+v", p)
			}
			var p preferences
			h.must(200, h.ask("PUT", h.path("preferences"), `{}`)).into(t, &p)
			facts := h.facts(events.Restored)
			if len(p.Suppressed) != 0 || len(facts) != 1 || facts[0].Recipient != h.camille() || facts[0].Channel != booking.ChannelMail || facts[0].RecordVersion != 3 {
				t.Errorf("%+v, %+v", p, facts)
			}
		})
	}
}

func TestDoor_PreferencesWhileTheBrokerIsDown(t *testing.T) {
	h := opened(t, 9)
	h.suppress(h.camille(), booking.ChannelMail, booking.SuppressedOptOut, h.now)
	h.broker.fails = errors.New("broker is down")
	r := h.must(503, h.ask("PUT", h.path("preferences"), `{"locale":"fr"}`))
	if r.problem(t).Type != "again" || r.header.Get("Retry-After") == "" {
		t.Errorf("%+v", r)
	}
	h.broker.fails = nil
	h.later(time.Hour)
	h.must(200, h.ask("PUT", h.path("preferences"), `{"locale":"fr"}`))
	changed, back := h.facts(events.PreferencesChanged), h.facts(events.Restored)
	if len(changed) != 1 || len(back) != 1 || changed[0].Preferences.Locale != "fr" || !changed[0].Time.Equal(h.now.Add(-time.Hour)) {
		t.Errorf("asked again, it says %+v and %+v", changed, back)
	}
}

func TestDoor_PreferencesOfTwoAtOnce(t *testing.T) {
	h := opened(t, 9)
	done := make(chan int)
	for _, locale := range []string{"en", "fr", "en", "fr"} {
		go func() { done <- h.ask("PUT", h.path("preferences"), `{"locale":"`+locale+`"}`).code }()
	}
	for range 4 {
		if code := <-done; code != http.StatusOK {
			t.Errorf("got %d", code)
		}
	}
	versions, ids := map[uint64]string{}, map[string]string{}
	for _, f := range h.facts(events.PreferencesChanged) {
		if was, said := versions[f.RecordVersion]; said && was != f.ID {
			t.Errorf("version %d is said by two", f.RecordVersion)
		}
		if was, said := ids[f.ID]; said && was != f.Preferences.Locale {
			t.Errorf("fact %s says two things", f.ID)
		}
		versions[f.RecordVersion], ids[f.ID] = f.ID, f.Preferences.Locale
	}
	if last := h.reader(h.camille()); ids[versions[last.Version]] != last.Preferences.Locale {
		t.Errorf("what is kept was not told last: %+v, %v", last, ids)
	}
}
