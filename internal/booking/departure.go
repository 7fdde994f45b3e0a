package booking

import "time"

// DepartureState is a departure's own state; nothing is available unless it
// is open.
type DepartureState string

// The states of a departure. The zero value is a departure nobody opened.
const (
	DepartureOpen      DepartureState = "open"
	DepartureClosed    DepartureState = "closed"
	DepartureCancelled DepartureState = "cancelled"
)

// Terms is what the catalog sets of a departure and a customer may read.
type Terms struct {
	TourID   string    `json:"tourId"`
	StartsAt time.Time `json:"startsAt"`
	TimeZone string    `json:"timeZone"` // IANA
	Capacity int       `json:"capacity"` // seats, at least 1
	MinParty int       `json:"minParty,omitempty"`
	Price    Money     `json:"price"` // per seat
	Policy   Policy    `json:"policy,omitempty"`

	MeetingPoint string `json:"meetingPoint,omitempty"` // empty: the tour's
}

// Departure is the head of a departure's record: terms and counters. What
// each booking has of it is that booking's [Seat].
type Departure struct {
	ID      string         `json:"id"`
	Terms   Terms          `json:"terms"`
	State   DepartureState `json:"state,omitempty"`
	Held    int            `json:"held"`
	Sold    int            `json:"sold"`
	Version uint64         `json:"v"` // facts said so far
}

// Stock is a departure's counters as a fact tells them.
type Stock struct {
	Capacity  int `json:"capacity"`
	Held      int `json:"held"`
	Sold      int `json:"sold"`
	Available int `json:"available"`
}

// low is the share of a departure's capacity, in percent, at which few seats are
// left.
const low = 20

// Few is how many seats are few: who watches is told once no more than these are
// left.
func (s Stock) Few() int { return max(1, s.Capacity*low/100) }

// Available returns the seats that can be held now, never below zero.
func (d Departure) Available() int {
	if d.State != DepartureOpen {
		return 0
	}
	return max(0, d.Terms.Capacity-d.Held-d.Sold)
}

// Stock returns the counters as they stand.
func (d Departure) Stock() Stock {
	return Stock{Capacity: d.Terms.Capacity, Held: d.Held, Sold: d.Sold, Available: d.Available()}
}

// say counts one more fact of the departure and returns its memory.
func (d *Departure) say(now time.Time, s Said) *Said {
	d.Version++
	stock := d.Stock()
	s.Version, s.At, s.Stock = d.Version, now, &stock
	return &s
}

// Seat is what one booking has of a departure: the record's entry for it.
type Seat struct {
	Booking  Booking `json:"booking"`
	Held     *Said   `json:"held,omitempty"`
	Sold     *Said   `json:"sold,omitempty"`
	Refused  *Said   `json:"refused,omitempty"`
	Released *Said   `json:"released,omitempty"`
}

// Holding reports whether the booking has seats that are not yet sold.
func (s Seat) Holding() bool { return s.Held != nil && s.Sold == nil && s.Released == nil }

// Taken returns how many seats the booking has, held or sold.
func (s Seat) Taken() int {
	if s.Held == nil || s.Released != nil {
		return 0
	}
	return s.Held.Seats
}

// Hold takes seats for the booking, or refuses it with a reason; which of the
// two stays true for ever. A booking that was released before it came is left
// released: the undo overtook its do.
func (d Departure) Hold(s Seat, b Booking, now time.Time) (Departure, Seat) {
	if s.Held != nil || s.Refused != nil || s.Released != nil {
		return d, s
	}
	s.Booking = b.kept()
	if no := d.refusal(b.Seats, now); no != "" {
		s.Refused = d.say(now, Said{Reason: no, Status: StatusPending})
		return d, s
	}
	s.Booking.TourID = d.Terms.TourID
	s.Booking.Price = d.Terms.Price.Times(b.Seats)
	s.Booking.StartsAt = d.Terms.StartsAt
	s.Booking.TimeZone = d.Terms.TimeZone
	s.Booking.Policy = d.Terms.Policy
	d.Held += b.Seats
	s.Held = d.say(now, Said{Seats: b.Seats, Status: StatusOnHold})
	return d, s
}

func (d Departure) refusal(seats int, now time.Time) Reason {
	switch {
	case d.State == "":
		return ReasonDepartureUnknown
	case d.State == DepartureCancelled:
		return ReasonDepartureCancelled
	case d.State == DepartureClosed:
		return ReasonDepartureClosed
	case !now.Before(d.Terms.StartsAt):
		return ReasonDeparted
	case seats < 1 || seats > d.Available():
		return ReasonSoldOut
	}
	return ""
}

// Sell turns held seats into sold ones. Without held seats it changes
// nothing: what was never held cannot be sold.
func (d Departure) Sell(s Seat, now time.Time) (Departure, Seat) {
	if !s.Holding() {
		return d, s
	}
	d.Held -= s.Held.Seats
	d.Sold += s.Held.Seats
	s.Sold = d.say(now, Said{Seats: s.Held.Seats, Status: StatusConfirmed})
	return d, s
}

// Release gives the booking's seats back, or leaves a tombstone of zero seats
// where there were none, so that a late Hold is refused. The undo's status,
// reason and money (in why) go into the memory, for the message hangs on it.
func (d Departure) Release(s Seat, b Booking, why Said, now time.Time) (Departure, Seat) {
	if s.Released != nil {
		return d, s
	}
	if s.Booking.ID == "" {
		s.Booking = b.kept()
	}
	why.Seats = s.Taken()
	if s.Sold != nil {
		d.Sold -= why.Seats
	} else {
		d.Held -= why.Seats
	}
	s.Released = d.say(now, why)
	return d, s
}
