package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// Person is how somebody wishes to be told, and by what they can be. The zero
// value has mail, and wishes nothing.
type Person struct {
	Phone   bool
	Devices int
	Chooses map[booking.Category][]string
	Quiet   time.Duration // their quiet hours end so long after the start, and began before; 0: they have none
	Silent  bool          // their address of mail is written to no more, from the start
	Nobody  bool          // there is nobody at it, as its provider finds
	Returns bool          // or as it is told later, where Options.Hooks are
	Stops   time.Duration // they say STOP by text, after the start; 0: never
	Starts  time.Duration // and START
}

// Watcher is somebody who watches a departure's seats, from the start.
type Watcher struct {
	ID        string
	Departure string
	Person
}

// customer is who a person is, by the id of what they asked for.
func (p Person) customer(id string) booking.Customer {
	c := booking.Customer{Name: "Camille", Email: id + "@example.com", Locale: "fr-FR"}
	if p.Nobody {
		c.Email = id + "@nowhere.example"
	}
	if p.Phone {
		c.Phone = phoneOf(id)
	}
	return c
}

func phoneOf(id string) string {
	n := 0
	for _, r := range id {
		n = (n*31 + int(r)) % 10_000_000
	}
	return fmt.Sprintf("+3361%07d", n)
}

func (p Person) tokens(id string) (all []string) {
	for i := range p.Devices {
		all = append(all, fmt.Sprintf("device-%d-of-%s", i, id))
	}
	return all
}

// wants are the channels by which they are told of a category: what they chose,
// unless that is nothing of what nobody may miss.
func (p Person) wants(c booking.Category) []string {
	rule := c.Rule()
	if chosen, ok := p.Chooses[c]; ok && (len(chosen) > 0 || !rule.Critical) {
		return chosen
	}
	return rule.Channels
}

// address is where a message goes.
type address struct{ channel, recipient string }

// reach are the addresses at which a person is told of a category: of what nobody
// may miss by its own channels, where they have none of those that they chose;
// and by mail, if by nothing else.
func (w *World) reach(p Person, id string, c booking.Category) []address {
	all := w.addresses(p, id, p.wants(c))
	if len(all) == 0 && c.Rule().Critical {
		all = w.addresses(p, id, c.Rule().Channels)
	}
	if len(all) == 0 {
		all = w.addresses(p, id, []string{booking.ChannelMail})
	}
	return all
}

// anywhere are all addresses that a person has.
func (w *World) anywhere(p Person, id string) []address {
	return w.addresses(p, id, booking.Channels())
}

func (w *World) addresses(p Person, id string, channels []string) (all []address) {
	s := w.settings()
	by := func(channel, recipient string) {
		if slices.Contains(channels, channel) {
			all = append(all, address{channel, recipient})
		}
	}
	by(booking.ChannelMail, s.CustomerID(p.customer(id)))
	if p.Phone {
		by(booking.ChannelText, s.PhoneID(phoneOf(id)))
	}
	for _, token := range p.tokens(id) {
		by(booking.ChannelPush, s.DeviceID(token))
	}
	return all
}

// fragile reports whether one of their addresses may be written to no more: what
// they must hear goes by any other then.
func (p Person) fragile() bool { return p.Silent || p.Nobody || p.Returns || p.Stops > 0 }

// meet makes what is known of a person before anything happens, as the door and
// the providers' webhooks would.
func (w *World) meet(p Person, id string) error {
	ctx, s := context.Background(), w.settings()
	customer := s.CustomerID(p.customer(id))
	if p.Nobody {
		w.nobody[p.customer(id).Email] = true
	}
	w.returns[p.customer(id).Email] = p.Returns
	w.wishes(p, id)
	var is booking.Reader
	err := record.ChangeReader(ctx, w.records, customer, func(r booking.Reader) booking.Reader {
		if p.Chooses != nil || p.Quiet > 0 {
			r = r.Prefer(w.preferences(p), w.now)
		}
		for _, token := range p.tokens(id) {
			r = r.Register(booking.Device{ID: s.DeviceID(token), Token: token, Since: w.now})
		}
		if p.Silent {
			r = r.Suppress(booking.ChannelMail, booking.SuppressedOptOut, w.now, w.now)
		}
		is = r
		return r
	})
	if err != nil {
		return err
	}
	by := func(function string, a events.Answer) {
		if err == nil && !a.Silent() {
			err = w.note(function, a.Render(events.Speaker{Function: function, Record: record.KindCustomer, ID: customer}, events.Event{ID: "before"}))
		}
	}
	by("request", record.PreferredFact(customer, is))
	by("customer", record.SuppressedFact(customer, is))
	return err
}

func (w *World) preferences(p Person) booking.Preferences {
	is := booking.Preferences{Channels: p.Chooses, TimeZone: "Europe/Paris"}
	if p.Quiet > 0 {
		zone := time.FixedZone("there", 2*60*60) // as it is in Paris in May
		clock := func(d time.Duration) booking.ClockTime {
			at := w.start.Add(d).In(zone)
			return booking.ClockTime(60*at.Hour() + at.Minute())
		}
		is.Quiet = &booking.Quiet{From: clock(-time.Hour), To: clock(p.Quiet)}
	}
	return is
}

// note says a fact that nobody hears.
func (w *World) note(by string, e events.Event) error {
	ce, err := events.Encode(e)
	if err == nil {
		w.said = append(w.said, ce)
		w.witness(by, ce)
	}
	return err
}

// watch has somebody watch a departure.
func (w *World) watch(of Watcher) error {
	c := of.customer(of.ID)
	err := record.ChangeWatch(context.Background(), w.records, w.settings().CustomerID(c), of.Departure,
		func(r booking.Reader, is booking.Watch) (booking.Reader, booking.Watch) {
			r.Contact, is.Since = &c, w.now
			return r, is
		})
	if err == nil {
		err = w.meet(of.Person, of.ID)
	}
	return err
}

// reader is the record of an address.
func (w *World) reader(id string) booking.Reader {
	r, err := record.ReadReader(context.Background(), w.records, id)
	if err != nil {
		w.fail("%v", err)
	}
	return r
}

// notification is the record of a message.
func (w *World) notification(id string) booking.Notification {
	n, err := record.ReadNotification(context.Background(), w.records, id)
	if err != nil {
		w.fail("%v", err)
	}
	return n
}

// people gives the customers of a random run their wishes, and the departures who
// watches them; and now and then a departure is moved.
func (o *Options) people(r *rand.Rand) {
	o.Unkeyed, o.Hooks = r.IntN(2) == 0, r.IntN(2) == 0
	if r.IntN(5) == 0 {
		o.Faults.Send = 0.7 // an outage
	}
	if r.IntN(10) == 0 {
		o.Meets = between(r, time.Second, 20*time.Minute)
	}
	for i := range o.Requests {
		o.Requests[i].Person = anybody(r)
	}
	for i := range o.Departures {
		if r.IntN(4) == 0 {
			o.Departures[i].Change, o.Departures[i].More = between(r, time.Second, 20*time.Minute), r.IntN(2)
		}
		for n := range r.IntN(3) {
			o.Watchers = append(o.Watchers, Watcher{fmt.Sprintf("watcher-%d-%d", i, n), o.Departures[i].ID, anybody(r)})
		}
	}
}

// anybody is a person of those that there are: half of them wish nothing.
func anybody(r *rand.Rand) (p Person) {
	p.Phone, p.Devices = r.IntN(3) == 0, max(0, r.IntN(5)-2)
	p.Silent, p.Nobody, p.Returns = r.IntN(12) == 0, r.IntN(12) == 0, r.IntN(12) == 0
	if p.Phone && r.IntN(3) == 0 {
		p.Stops = between(r, time.Second, 20*time.Minute)
		p.Starts = p.Stops + between(r, time.Second, 20*time.Minute)
	}
	if r.IntN(4) == 0 {
		p.Quiet = between(r, time.Minute, 3*time.Hour).Truncate(time.Minute)
	}
	if r.IntN(3) == 0 {
		p.Chooses = map[booking.Category][]string{}
		for _, c := range booking.Categories() {
			if r.IntN(2) == 0 {
				p.Chooses[c] = slices.DeleteFunc(booking.Channels(), func(string) bool { return r.IntN(2) == 0 })
			}
		}
	}
	return p
}
