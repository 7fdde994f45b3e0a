package booking

import "time"

// Change is the memory of one catalog command: the entry that a tour's or a
// departure's record keeps under the command's id. Exactly one of the fields
// is set once it was decided; Terms or Tour is what stood then. Command names
// the command: whoever decides sets it.
type Change struct {
	Opened    *Said  `json:"opened,omitempty"`
	Changed   *Said  `json:"changed,omitempty"`
	Closed    *Said  `json:"closed,omitempty"`
	Cancelled *Said  `json:"cancelled,omitempty"`
	Refused   *Said  `json:"refused,omitempty"`
	Terms     *Terms `json:"terms,omitempty"`
	Was       *Was   `json:"was,omitempty"` // changed: what customers were promised before, where that is another
	Tour      *Tour  `json:"tour,omitempty"`
	Command   string `json:"command,omitempty"` // its source and id
}

// Decided reports whether the command was decided.
func (c Change) Decided() bool { return c != Change{} }

// Open puts a departure on sale. One that exists already is refused.
func (d Departure) Open(c Change, id string, t Terms, now time.Time) (Departure, Change) {
	if c.Decided() {
		return d, c
	}
	if d.State != "" {
		return d.refuse(c, ReasonExists, now)
	}
	d.ID, d.Terms, d.State = id, t, DepartureOpen
	c.Opened, c.Terms = d.say(now, Said{}), &t
	return d, c
}

// Change replaces an open or closed departure's terms; what was bought keeps
// its own. A capacity below the seats held and sold is refused.
func (d Departure) Change(c Change, t Terms, now time.Time) (Departure, Change) {
	if c.Decided() {
		return d, c
	}
	if no := d.gone(); no != "" {
		return d.refuse(c, no, now)
	}
	if t.Capacity < d.Held+d.Sold {
		return d.refuse(c, ReasonCapacityTaken, now)
	}
	c.Was = d.Terms.was(t)
	d.Terms = t
	c.Changed, c.Terms = d.say(now, Said{}), &t
	return d, c
}

// Close ends the sale. It is the moment at which the minimum party counts: a
// departure with fewer seats held and sold is cancelled instead. Closed again it
// stays closed, whoever has cancelled since: it was promised that it runs.
func (d Departure) Close(c Change, now time.Time) (Departure, Change) {
	if c.Decided() {
		return d, c
	}
	if no := d.gone(); no != "" {
		return d.refuse(c, no, now)
	}
	if d.State == DepartureOpen && d.Held+d.Sold < d.Terms.MinParty && now.Before(d.Terms.StartsAt) {
		return d.cancel(c, ReasonMinimumParty, now)
	}
	d.State = DepartureClosed
	t := d.Terms
	c.Closed, c.Terms = d.say(now, Said{}), &t
	return d, c
}

// Cancel takes the departure off for good; its bookings are then cancelled
// one by one, each by its own record.
func (d Departure) Cancel(c Change, now time.Time) (Departure, Change) {
	if c.Decided() {
		return d, c
	}
	if no := d.gone(); no != "" {
		return d.refuse(c, no, now)
	}
	if !now.Before(d.Terms.StartsAt) {
		return d.refuse(c, ReasonDeparted, now)
	}
	return d.cancel(c, ReasonOperator, now)
}

func (d Departure) cancel(c Change, why Reason, now time.Time) (Departure, Change) {
	d.State = DepartureCancelled
	t := d.Terms
	c.Cancelled, c.Terms = d.say(now, Said{Reason: why}), &t
	return d, c
}

func (d Departure) refuse(c Change, why Reason, now time.Time) (Departure, Change) {
	c.Refused = d.say(now, Said{Reason: why})
	return d, c
}

// gone says why a departure cannot be changed any more, if so.
func (d Departure) gone() Reason {
	switch d.State {
	case "":
		return ReasonDepartureUnknown
	case DepartureCancelled:
		return ReasonDepartureCancelled
	}
	return ""
}

// was is what of the terms next changes that somebody is told of; nil: nothing.
func (t Terms) was(next Terms) *Was {
	var w Was
	if !t.StartsAt.Equal(next.StartsAt) || t.TimeZone != next.TimeZone {
		w.StartsAt, w.TimeZone = t.StartsAt, t.TimeZone
	}
	if t.MeetingPoint != next.MeetingPoint {
		w.MeetingPoint = &t.MeetingPoint
	}
	if t.Capacity != next.Capacity {
		w.Capacity = t.Capacity
	}
	if w == (Was{}) {
		return nil
	}
	return &w
}

// Was is what a departure was to be before it was changed: what is as it was is
// not there.
type Was struct {
	StartsAt     time.Time `json:"startsAt,omitzero"`
	TimeZone     string    `json:"timeZone,omitempty"`
	MeetingPoint *string   `json:"meetingPoint,omitempty"` // "": the tour's
	Capacity     int       `json:"capacity,omitempty"`
}

// Tells reports whether who has seats is told: where and when they are to be is
// not what it was.
func (w *Was) Tells() bool { return w != nil && (!w.StartsAt.IsZero() || w.MeetingPoint != nil) }

// SoldOut reports whether the departure, with these counters now, had no seats
// to sell before it was changed.
func (w *Was) SoldOut(now Stock) bool {
	return w != nil && w.Capacity > 0 && w.Capacity <= now.Held+now.Sold
}
