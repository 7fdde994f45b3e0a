package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// unsent is an error by which a message was not sent.
type unsent struct{ error }

// Unsent implements [record.Unsent].
func (unsent) Unsent() {}

// post sends what it is asked to, and answers as it was told.
type post struct {
	*desk
	says  booking.Receipt
	err   error
	asked []booking.Sending
}

func openPost(t *testing.T) *post { return &post{desk: open(t)} }

func (p *post) arrow() arrow.Function {
	return record.Notification("notify", func(_ context.Context, _ booking.Notification, s booking.Sending) (booking.Receipt, error) {
		p.asked = append(p.asked, s)
		return p.says, p.err
	})
}

// about is the data of a message that is asked for.
func about(template string) events.Data {
	return events.Data{
		Booking: held, Occurrence: "fact-1", Template: template, CustomerID: "3f1c", Channel: "mail", Recipient: "3f1c", Among: 2,
		Reason: booking.ReasonCustomer, Amount: new(held.Price),
	}
}

// tell hears an event about a message.
func (p *post) tell(n events.Name, d events.Data) (*events.Event, error) {
	p.t.Helper()
	return p.arrow().Handle(p.t.Context(), p.ports(), events.Event{ID: "ask", Source: "/tourbillon/test", Name: n, Time: p.now, Data: d})
}

// wants tells, and wants the fact.
func (p *post) wants(fact, n events.Name, d events.Data) events.Event {
	p.t.Helper()
	out, err := p.tell(n, d)
	if err != nil || out == nil || out.Name != fact {
		p.t.Fatalf("%s is answered by %+v, %v, want %s", n, out, err, fact)
	}
	return *out
}

func sameFact(t *testing.T, first, again events.Event) {
	t.Helper()
	if diff := cmp.Diff(first, again, cmpopts.IgnoreFields(events.Event{}, "CausationID", "Trace")); diff != "" {
		t.Errorf("%s is said in two ways (-first +again):\n%s", first.Name, diff)
	}
}

func TestNotification_Once(t *testing.T) {
	p := openPost(t)
	p.says = booking.Receipt{ID: "m1"}
	e := p.wants(events.Sent, events.Send, about("payment.succeeded"))
	p.now = p.now.Add(time.Hour)
	sameFact(t, e, p.wants(events.Sent, events.Send, about("payment.succeeded")))
	p.want("sent", []booking.Sending{{Key: record.MessageID(record.Asked(about("payment.succeeded"))), Turn: true, Tries: 1}}, p.asked)
	t.Run("another template of the same occurrence is another message", func(t *testing.T) {
		other := p.wants(events.Sent, events.Send, about("booking.confirmed"))
		if len(p.asked) != 2 || p.asked[0].Key == p.asked[1].Key || other.ID == e.ID {
			t.Errorf("%+v", p.asked)
		}
	})
	t.Run("it is in the lists of who is told and of the booking", func(t *testing.T) {
		want := slices.Sorted(slices.Values([]string{p.asked[0].Key, p.asked[1].Key}))
		for _, index := range []string{record.IndexMessagesOf("3f1c"), record.IndexMessages(held.ID)} {
			p.want(index, want, slices.Sorted(slices.Values(p.list(index))))
		}
	})
}

// TestNotification_Same holds that whatever is learned of a message later, what
// was said of it before is said again word for word.
func TestNotification_Same(t *testing.T) {
	p := openPost(t)
	until := p.now.Add(9 * time.Hour)
	p.says = booking.Receipt{Until: until}
	d := about("payment.succeeded")
	deferred := p.wants(events.SendDeferred, events.Send, d)
	if !deferred.Until.Equal(until) || deferred.Template != d.Template || deferred.CustomerID != d.CustomerID || deferred.Among != 2 || deferred.Step {
		t.Errorf("%+v", deferred)
	}
	p.now = p.now.Add(time.Hour)
	sameFact(t, deferred, p.wants(events.SendDeferred, events.Send, d))
	key := p.asked[0].Key
	p.want("due", []string{"send:" + key}, p.due(until))

	p.now, p.says = until, booking.Receipt{ID: "m1"}
	sent := p.wants(events.Sent, events.SendWake, events.Data{Message: key})
	p.want("due", []string(nil), p.due(until.Add(100*time.Hour)))
	for n, code := range map[events.Name]string{events.Delivered: "", events.Bounced: "5.1.1"} {
		later := d
		later.Code = code
		if out, err := p.tell(n, later); out != nil || err != nil {
			t.Errorf("%+v, %v", out, err)
		}
	}
	sameFact(t, sent, p.wants(events.Sent, events.Send, d))
	t.Run("the fact before too, by who says it again from the record", func(t *testing.T) {
		n, err := record.ReadNotification(t.Context(), p.records, key)
		if err != nil || n.State() != "bounced" {
			t.Fatalf("%+v, %v", n, err)
		}
		var all []events.Name
		for _, a := range record.NotificationFacts(n) {
			if a.Silent() {
				continue
			}
			e := a.Render(events.Speaker{Record: record.KindNotification, ID: key}, events.Event{})
			all = append(all, e.Name)
			sameFact(t, map[events.Name]events.Event{events.Sent: sent, events.SendDeferred: deferred}[e.Name], e)
		}
		if !slices.Equal(all, []events.Name{events.Sent, events.SendDeferred}) {
			t.Errorf("%v", all)
		}
	})
}

func TestNotification_Step(t *testing.T) {
	for template, want := range map[string]bool{
		"booking.confirmed": true, "booking.cancelled": true, "payment.succeeded": false, "payment.refunded": false,
		"tour.departure.changed": false, "tour.availability.low": false,
	} {
		for word, fact := range map[booking.Receipt]events.Name{
			{ID: "m"}: events.Sent, {Refused: "unwanted"}: events.SendFailed, {Until: noon.Add(time.Hour)}: events.SendDeferred,
		} {
			p := openPost(t)
			p.says = word
			if e := p.wants(fact, events.Send, about(template)); e.Step != want {
				t.Errorf("%s of %s is a step of the saga: %v", fact, template, e.Step)
			}
		}
	}
}

func TestNotification_Lost(t *testing.T) {
	for says, c := range map[string]struct {
		template string
		err      error
		asked    int
		code     string
	}{
		"what may not be missed is sent again":                     {"booking.confirmed", errors.New("answer is lost"), 2, ""},
		"what may not come twice is taken for sent":                {"tour.availability.low", errors.New("answer is lost"), 1, booking.Unconfirmed},
		"and is sent again where it was not sent for sure":         {"tour.availability.low", unsent{errors.New("line is busy")}, 2, ""},
		"however deep that is told":                                {"tour.availability.low", arrow.Again(unsent{errors.New("line is busy")}), 2, ""},
		"and what was to be sent again is, whether it was or not.": {"payment.succeeded", unsent{errors.New("line is busy")}, 2, ""},
	} {
		t.Run(says, func(t *testing.T) {
			p := openPost(t)
			p.err = c.err
			out, err := p.tell(events.Send, about(c.template))
			var again *arrow.AgainError
			if out != nil || !errors.As(err, &again) || !errors.Is(err, c.err) {
				t.Fatalf("%+v, %v", out, err)
			}
			p.err, p.says = nil, booking.Receipt{ID: "m1"}
			e := p.wants(events.Sent, events.Send, about(c.template))
			if e.Code != c.code || len(p.asked) != c.asked || c.asked == 2 && (p.asked[0].Key != p.asked[1].Key || p.asked[1].Turn) {
				t.Errorf("%q after %+v", e.Code, p.asked)
			}
		})
	}
}

// TestNotification_TwoAtOnce holds that what may come once at most is not taken
// for sent while its sending is under way: it may fail yet.
func TestNotification_TwoAtOnce(t *testing.T) {
	p := openPost(t)
	var second error
	sends := record.Notification("notify", func(context.Context, booking.Notification, booking.Sending) (booking.Receipt, error) {
		var out *events.Event
		if out, second = p.tell(events.Send, about("tour.availability.low")); out != nil {
			t.Errorf("says %+v", out)
		}
		return booking.Receipt{Refused: booking.BadAddress}, nil
	})
	e := events.Event{ID: "ask", Source: "/tourbillon/test", Name: events.Send, Time: p.now, Data: about("tour.availability.low")}
	out, err := sends.Handle(t.Context(), p.ports(), e)
	if err != nil || out == nil || out.Name != events.SendFailed || !errors.Is(second, store.ErrLeased) || len(p.asked) != 0 {
		t.Errorf("%+v, %v; the second %v, asked %v", out, err, second, p.asked)
	}
}

// TestNotification_Forgotten holds that a message whose every delivery was given
// up is begun again by the clock.
func TestNotification_Forgotten(t *testing.T) {
	p := openPost(t)
	p.err = unsent{errors.New("line is down")}
	if _, err := p.tell(events.Send, about("payment.succeeded")); err == nil {
		t.Fatal("it is sent")
	}
	line := []string{"send:" + p.asked[0].Key}
	for wait := range 10 {
		next := p.now.Add(16 * time.Minute)
		p.want("due", line, p.due(next))
		if p.now = next; wait < 9 {
			if _, err := p.tell(events.SendWake, events.Data{Message: p.asked[0].Key}); err == nil {
				t.Fatal("it is sent")
			}
		}
	}
	p.err, p.says = nil, booking.Receipt{ID: "m1"}
	p.wants(events.Sent, events.SendWake, events.Data{Message: p.asked[0].Key})
	p.want("due", []string(nil), p.due(p.now.Add(1000*time.Hour)))
}

func TestNotification_Unknown(t *testing.T) {
	p := openPost(t)
	if out, err := p.tell(events.SendWake, events.Data{Message: "0123456789abcdef"}); out != nil || !errors.Is(err, events.ErrNothingSaid) {
		t.Errorf("%+v, %v", out, err)
	}
	for _, n := range []events.Name{events.Delivered, events.Bounced} {
		if out, err := p.tell(n, about("payment.succeeded")); out != nil || err != nil {
			t.Errorf("%s: %+v, %v", n, out, err)
		}
	}
	p.want("lists", []string(nil), p.list(record.IndexMessages(held.ID)))
	p.want("asked", 0, len(p.asked))
}

func TestMessageID(t *testing.T) {
	base := booking.Notification{
		Booking: booking.Booking{ID: "b", DepartureID: "d"}, Occurrence: "o", Template: "t", Channel: "mail", Recipient: "r", CustomerID: "c",
	}
	id := record.MessageID(base)
	for what, change := range map[string]func(*booking.Notification){
		"booking":    func(n *booking.Notification) { n.Booking.ID = "b2" },
		"occurrence": func(n *booking.Notification) { n.Occurrence = "o2" },
		"template":   func(n *booking.Notification) { n.Template = "t2" },
		"channel":    func(n *booking.Notification) { n.Channel = "text" },
		"recipient":  func(n *booking.Notification) { n.Recipient = "r2" },
	} {
		n := base
		if change(&n); record.MessageID(n) == id {
			t.Errorf("another %s is the same message", what)
		}
	}
	n := base
	n.Booking.DepartureID, n.Among, n.Amount, n.Version, n.CustomerID = "d2", 3, new(held.Price), 7, "c2"
	if record.MessageID(n) != id {
		t.Error("what is known of it besides makes it another")
	}
	t.Run("of who watches a departure it is by that", func(t *testing.T) {
		one, other := base, base
		one.Booking.ID, other.Booking.ID, other.Booking.DepartureID = "", "", "d2"
		if a, b := record.MessageID(one), record.MessageID(other); a == b || a == id {
			t.Errorf("%s, %s, %s", id, a, b)
		}
	})
	t.Run("and by what is told of a message it is found", func(t *testing.T) {
		watching := base
		watching.Booking.ID = ""
		for _, n := range []booking.Notification{base, watching} {
			if got := record.MessageID(record.Asked(record.MessageData(n))); got != record.MessageID(n) {
				t.Errorf("%s, want %s", got, record.MessageID(n))
			}
		}
	})
	t.Run("as events before templates told it", func(t *testing.T) {
		n := record.Asked(events.Data{Booking: held, Occurrence: "booking.confirmed", Channel: "mail", Recipient: "3f1c"})
		if n.Template != "booking.confirmed" || n.CustomerID != "3f1c" || n.Category != booking.CategoryEnding {
			t.Errorf("%+v", n)
		}
	})
}

func TestReader(t *testing.T) {
	d := open(t)
	read := func() booking.Reader {
		t.Helper()
		r, err := record.ReadReader(t.Context(), d.records, "3f1c")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	d.want("nobody is known", booking.Reader{}, read())
	change := func(departure string, since time.Time) {
		t.Helper()
		err := record.ChangeWatch(t.Context(), d.records, "3f1c", departure, func(r booking.Reader, w booking.Watch) (booking.Reader, booking.Watch) {
			if w.Since.IsZero() || since.IsZero() {
				w.Since = since
			}
			r.Contact = &booking.Customer{Name: "Camille"}
			return r, w
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	change("lyon-0900", noon)
	change("lyon-1400", noon.Add(time.Hour))
	change("lyon-0900", noon.Add(2*time.Hour)) // asked again
	d.want("who watches", []string{"3f1c"}, d.list(record.IndexWatchers("lyon-0900")))
	d.want("what they watch", []string{"lyon-0900", "lyon-1400"}, d.list(record.IndexWatched("3f1c")))
	change("lyon-0900", time.Time{})
	d.want("not any more", []string(nil), d.list(record.IndexWatchers("lyon-0900")))
	d.want("the other still", []string{"lyon-1400"}, d.list(record.IndexWatched("3f1c")))
	err := record.ChangeReader(t.Context(), d.records, "3f1c", func(r booking.Reader) booking.Reader {
		return r.Register(booking.Device{ID: "d", Token: "t"})
	})
	if r := read(); err != nil || len(r.Devices) != 1 || r.Contact == nil {
		t.Errorf("%+v, %v", r, err)
	}
	t.Run("what cannot be read is not written over, nor told", func(t *testing.T) {
		head := func(store.Row) (store.Change, error) {
			return store.Change{Head: json.RawMessage(`{"contact":"camille@example.com"}`)}, nil
		}
		if err := d.records.Update(t.Context(), store.Key{Record: record.KindCustomer, ID: "odd"}, "", head); err != nil {
			t.Fatal(err)
		}
		err := record.ChangeReader(t.Context(), d.records, "odd", func(r booking.Reader) booking.Reader { return r })
		if err == nil || strings.Contains(err.Error(), "camille") {
			t.Error(err)
		}
	})
}

func TestReader_Facts(t *testing.T) {
	render := func(a events.Answer) events.Event {
		return a.Render(events.Speaker{Record: record.KindCustomer, ID: "3f1c"}, events.Event{})
	}
	r := booking.Reader{}.Suppress("text", booking.SuppressedOptOut, noon, noon)
	suppressed := render(record.SuppressedFact("3f1c", r))
	if suppressed.Name != events.Suppressed || suppressed.Code != "opted_out" || suppressed.Data.Channel != "text" || suppressed.Recipient != "3f1c" || suppressed.Subject != "3f1c" {
		t.Errorf("%+v", suppressed)
	}
	if !record.RestoredFact("3f1c", r).Silent() || !record.PreferredFact("3f1c", r).Silent() {
		t.Error("it says what it does not know")
	}
	r = r.Restore("text", noon.Add(1), noon)
	restored := render(record.RestoredFact("3f1c", r))
	again := r.Suppress("text", booking.SuppressedOptOut, noon.Add(2), noon)
	if restored.Name != events.Restored || !record.SuppressedFact("3f1c", r).Silent() || restored.ID == suppressed.ID || render(record.SuppressedFact("3f1c", again)).ID == suppressed.ID {
		t.Errorf("%+v", restored)
	}
	first := r.Prefer(booking.Preferences{Locale: "fr"}, noon)
	second := first.Prefer(booking.Preferences{Locale: "en"}, noon)
	a, b := render(record.PreferredFact("3f1c", first)), render(record.PreferredFact("3f1c", second))
	if a.ID == b.ID || a.Preferences.Locale != "fr" || b.Preferences.Locale != "en" || a.CustomerID != "3f1c" {
		t.Errorf("%+v, %+v", a, b)
	}
}

func TestMessage_OneClick(t *testing.T) {
	for address, want := range map[string]string{
		"https://book.example.com/u/t0": "<https://book.example.com/u/t0>", "http://127.0.0.1:8080/u/t0": "", "": "",
	} {
		if got := (record.Message{Unsubscribe: address}).OneClick(); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
