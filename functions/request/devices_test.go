package request_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// device is as it is shown.
type device struct {
	ID, Name string
	Since    time.Time
}

const arn = "arn:aws:sns:eu-west-3:123456789012:endpoint/APNS/tours/0f1e2d3c"

// registers sends a device's token, and wants the code.
func (h *house) registers(code int, body string) (d device) {
	h.t.Helper()
	h.must(code, h.ask("POST", h.path("devices"), body)).into(h.t, &d)
	return d
}

func TestDoor_Devices(t *testing.T) {
	h := opened(t, 9)
	first := h.now
	token := `{"token":"` + arn + `","name":"My telephone"}`
	h.run(t, "a device is registered, by a name that is not its token", func(t *testing.T) {
		d := h.registers(201, token)
		if d.ID != h.door.DeviceID(arn) || d.Name != "My telephone" || !d.Since.Equal(first) {
			t.Errorf("%+v", d)
		}
		if is := h.reader(h.camille()); len(is.Devices) != 1 || is.Devices[0].Token != arn {
			t.Errorf("%+v", is)
		}
		if p := h.prefers(); len(p.Devices) != 1 || p.Devices[0].ID != d.ID {
			t.Errorf("%+v", p)
		}
	})
	h.run(t, "again it is the same", func(t *testing.T) {
		h.later(time.Hour)
		commits := h.store.count()
		if d := h.registers(200, token); !d.Since.Equal(first) || h.store.count() != commits {
			t.Errorf("%+v", d)
		}
		if d := h.registers(200, strings.Replace(token, "My", "Her", 1)); d.Name != "Her telephone" || !d.Since.Equal(first) {
			t.Errorf("%+v", d)
		}
	})
	h.run(t, "its token is in no answer, no event and no log", func(t *testing.T) {
		r := h.ask("GET", h.path("preferences"), "", "Accept", browser)
		if strings.Contains(r.body, arn) || strings.Contains(h.log.String(), "arn:") || len(h.broker.published) > 2 { // tour and departure
			t.Errorf("%s %s %v", r.body, h.log.String(), h.broker.names())
		}
	})
	h.run(t, "it is removed, as often as one likes", func(t *testing.T) {
		path := strings.Replace(h.path("devices"), "?", "/"+h.door.DeviceID(arn)+"?", 1)
		h.must(204, h.ask("DELETE", path, ""))
		commits := h.store.count()
		h.must(204, h.ask("DELETE", path, ""))
		if is := h.reader(h.camille()); len(is.Devices) != 0 || h.store.count() != commits {
			t.Errorf("%+v", is)
		}
	})
	h.run(t, "of too many the oldest gives way", func(t *testing.T) {
		for i := range booking.MostDevices + 1 {
			h.registers(201, fmt.Sprintf(`{"token":"t%d"}`, i))
		}
		p := h.prefers()
		if len(p.Devices) != booking.MostDevices || p.Devices[0].ID != h.door.DeviceID("t1") {
			t.Errorf("%+v", p.Devices)
		}
	})
	for name, body := range map[string]string{
		"no token": `{}`, "an empty token": `{"token":""}`, "a token of spaces": `{"token":"a b"}`, "a token in Greek": `{"token":"τ"}`,
		"a token that is too long": `{"token":"` + strings.Repeat("x", 513) + `"}`, "a number": `{"token":7}`,
		"an empty name": `{"token":"t","name":""}`, "a name with a line's end": `{"token":"t","name":"a\nb"}`,
		"a name that is too long": `{"token":"t","name":"` + strings.Repeat("é", 201) + `"}`, "a field that isn't": `{"token":"t","id":"x"}`,
	} {
		h.run(t, name+" is refused, and not quoted", func(t *testing.T) {
			commits := h.store.count()
			r := h.must(422, h.ask("POST", h.path("devices"), body))
			if h.store.count() != commits || strings.Contains(r.body, "xxx") || len(r.problem(t).Errors) != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestDoor_DevicesThatTookNoMore(t *testing.T) {
	h := opened(t, 9)
	id := h.registers(201, `{"token":"`+arn+`"}`).ID
	h.suppress(id, booking.ChannelPush, booking.SuppressedBounce, h.now.Add(time.Second))
	h.broker.fails = errors.New("broker is down")
	h.must(503, h.ask("POST", h.path("devices"), `{"token":"`+arn+`"}`))
	h.broker.fails = nil
	h.registers(200, `{"token":"`+arn+`"}`)
	facts := h.facts(events.Restored)
	if h.reader(id).Suppressed != nil || len(facts) != 1 || facts[0].Recipient != id || facts[0].Channel != booking.ChannelPush {
		t.Errorf("registered again it takes none still: %+v, %+v", h.reader(id), facts)
	}
}

func TestDoor_DeviceInOtherHands(t *testing.T) {
	h := opened(t, 9)
	body := `{"token":"` + arn + `"}`
	dominique := h.door.CustomerID(booking.Customer{Email: "dominique@example.com"})
	serves := func(camilles bool) {
		t.Helper()
		if d := h.reader(h.door.DeviceID(arn)); d.Serves(h.camille()) != camilles || d.Serves(dominique) == camilles {
			t.Errorf("%+v", d)
		}
	}
	h.registers(201, body)
	serves(true)
	h.must(201, h.ask("POST", "/customers/"+dominique+"/devices?key="+h.door.CustomerKey(dominique), body))
	serves(false)
	h.registers(200, body)
	serves(true)
}

func TestDoor_TwoDevicesAtOnce(t *testing.T) {
	h := opened(t, 9)
	codes := make(chan int)
	for _, token := range []string{"a", "b", "a", "b"} {
		go func() { codes <- h.ask("POST", h.path("devices"), `{"token":"`+token+`"}`).code }()
	}
	sum := 0
	for range 4 {
		sum += <-codes
	}
	if is := h.reader(h.camille()); sum != 2*201+2*200 || len(is.Devices) != 2 {
		t.Errorf("codes of %d, %+v", sum, is.Devices)
	}
}
