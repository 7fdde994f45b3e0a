package booking_test

import (
	"testing"
	"time"

	"tourbillon/internal/booking"
)

// in brings a departure with three seats held into a state.
func in(s booking.DepartureState) booking.Departure {
	if s == "" {
		return booking.Departure{}
	}
	d, _ := held()
	d.State = s
	return d
}

var ten = terms()

// commands are the catalog's, each as asked for the departure of these tests.
var commands = map[string]func(booking.Departure, booking.Change, time.Time) (booking.Departure, booking.Change){
	"open": func(d booking.Departure, c booking.Change, now time.Time) (booking.Departure, booking.Change) {
		return d.Open(c, "lyon-0900", ten, now)
	},
	"change": func(d booking.Departure, c booking.Change, now time.Time) (booking.Departure, booking.Change) {
		t := ten
		t.Capacity, t.Price = 3, eur(5000)
		return d.Change(c, t, now)
	},
	"close":  booking.Departure.Close,
	"cancel": booking.Departure.Cancel,
}

func TestDeparture_Refuses(t *testing.T) {
	for _, c := range []struct {
		says, command string
		in            booking.DepartureState
		why           booking.Reason
	}{
		{"an open one is not opened again", "open", booking.DepartureOpen, booking.ReasonExists},
		{"a closed one is not opened again", "open", booking.DepartureClosed, booking.ReasonExists},
		{"a cancelled one is not opened again", "open", booking.DepartureCancelled, booking.ReasonExists},
		{"an unknown one is not changed", "change", "", booking.ReasonDepartureUnknown},
		{"a cancelled one is not changed", "change", booking.DepartureCancelled, booking.ReasonDepartureCancelled},
		{"an unknown one is not closed", "close", "", booking.ReasonDepartureUnknown},
		{"a cancelled one is not closed", "close", booking.DepartureCancelled, booking.ReasonDepartureCancelled},
		{"an unknown one is not cancelled", "cancel", "", booking.ReasonDepartureUnknown},
		{"a cancelled one is not cancelled again", "cancel", booking.DepartureCancelled, booking.ReasonDepartureCancelled},
	} {
		t.Run(c.says, func(t *testing.T) {
			before := in(c.in)
			d, change := commands[c.command](before, booking.Change{}, later)
			stock := before.Stock()
			same(t, change, booking.Change{Refused: &booking.Said{Version: before.Version + 1, At: later, Reason: c.why, Stock: &stock}})
			before.Version++
			same(t, d, before)
		})
	}
}

func TestDeparture_Open(t *testing.T) {
	t.Run("a departure goes on sale", func(t *testing.T) {
		d, c := booking.Departure{}.Open(booking.Change{}, "lyon-0900", ten, noon)
		same(t, d, booking.Departure{ID: "lyon-0900", Terms: ten, State: booking.DepartureOpen, Version: 1})
		same(t, c, booking.Change{
			Opened: &booking.Said{Version: 1, At: noon, Stock: &booking.Stock{Capacity: 10, Available: 10}}, Terms: &ten,
		})
	})
	t.Run("what was said before it was known still counts", func(t *testing.T) {
		d, _ := booking.Departure{}.Hold(booking.Seat{}, party("a", 1), noon)
		if d, c := commands["open"](d, booking.Change{}, noon); d.Version != 2 || c.Opened.Version != 2 {
			t.Errorf("version %d", d.Version)
		}
	})
}

func TestDeparture_Change(t *testing.T) {
	for _, c := range []struct {
		says     string
		in       booking.DepartureState
		capacity int
		why      booking.Reason // none: changed
	}{
		{"an open one grows", booking.DepartureOpen, 20, ""},
		{"a closed one grows, and stays closed", booking.DepartureClosed, 20, ""},
		{"it shrinks to what is taken", booking.DepartureOpen, 3, ""},
		{"it shrinks no further", booking.DepartureOpen, 2, booking.ReasonCapacityTaken},
		{"it does not shrink below nothing", booking.DepartureOpen, -1, booking.ReasonCapacityTaken},
	} {
		t.Run(c.says, func(t *testing.T) {
			before, to := in(c.in), terms()
			to.Capacity, to.Price = c.capacity, eur(9900)
			d, change := before.Change(booking.Change{}, to, later)
			want := before
			want.Version++
			if c.why != "" {
				same(t, change.Refused.Reason, c.why)
				same(t, d, want)
				return
			}
			want.Terms = to
			stock := want.Stock()
			same(t, d, want)
			same(t, change, booking.Change{Changed: &booking.Said{Version: want.Version, At: later, Stock: &stock}, Terms: &to, Was: &booking.Was{Capacity: 10}})
		})
	}
	t.Run("what was sold counts as taken", func(t *testing.T) {
		d, _ := sold()
		to := terms()
		to.Capacity = 2
		if _, c := d.Change(booking.Change{}, to, later); c.Refused == nil || c.Refused.Reason != booking.ReasonCapacityTaken {
			t.Errorf("%+v", c)
		}
	})
	t.Run("what was bought keeps its price and policy", func(t *testing.T) {
		d, s := held()
		to := terms()
		to.Price, to.Policy = eur(9900), nil
		d, _ = d.Change(booking.Change{}, to, later)
		_, s = d.Sell(s, later)
		same(t, s.Booking, bought())
		if _, next := d.Hold(booking.Seat{}, party("b", 1), later); next.Booking.Price != eur(9900) {
			t.Errorf("the next pays %v", next.Booking.Price)
		}
	})
}

func TestDeparture_Close(t *testing.T) {
	for _, c := range []struct {
		says       string
		held, sold int
		state      booking.DepartureState
	}{
		{"the minimum party is enough", 0, 4, booking.DepartureClosed},
		{"who holds seats counts towards it", 2, 2, booking.DepartureClosed},
		{"one fewer cancels it", 1, 2, booking.DepartureCancelled},
		{"nobody at all cancels it", 0, 0, booking.DepartureCancelled},
	} {
		t.Run(c.says, func(t *testing.T) {
			before := onSale()
			before.Held, before.Sold = c.held, c.sold
			d, change := before.Close(booking.Change{}, later)
			want := before
			want.Version, want.State = 2, c.state
			said := booking.Said{Version: 2, At: later, Stock: &booking.Stock{Capacity: 10, Held: c.held, Sold: c.sold}}
			same(t, d, want)
			if c.state == booking.DepartureClosed {
				same(t, change, booking.Change{Closed: &said, Terms: &ten})
				return
			}
			said.Reason = booking.ReasonMinimumParty
			same(t, change, booking.Change{Cancelled: &said, Terms: &ten})
		})
	}
	t.Run("without a minimum party an empty one closes", func(t *testing.T) {
		d := onSale()
		d.Terms.MinParty = 0
		if d, _ = d.Close(booking.Change{}, later); d.State != booking.DepartureClosed {
			t.Errorf("it is %s", d.State)
		}
	})
	t.Run("closed again with fewer, for somebody has cancelled since, it stays closed", func(t *testing.T) {
		d := onSale()
		d.Sold = 4
		d, _ = d.Close(booking.Change{}, later)
		d.Sold = 3
		if d, c := d.Close(booking.Change{}, later); d.State != booking.DepartureClosed || c.Closed == nil {
			t.Errorf("it is %s, %+v", d.State, c)
		}
	})
}

func TestDeparture_Cancel_Departed(t *testing.T) {
	for _, s := range []booking.DepartureState{booking.DepartureOpen, booking.DepartureClosed} {
		t.Run("one that is "+string(s)+" is not cancelled once it has left", func(t *testing.T) {
			before := in(s)
			d, c := before.Cancel(booking.Change{}, ten.StartsAt)
			stock := before.Stock()
			same(t, c, booking.Change{Refused: &booking.Said{Version: before.Version + 1, At: ten.StartsAt, Reason: booking.ReasonDeparted, Stock: &stock}})
			same(t, d.State, s)
		})
		t.Run("one that is "+string(s)+" is cancelled just before", func(t *testing.T) {
			d, c := in(s).Cancel(booking.Change{}, ten.StartsAt.Add(-1))
			if d.State != booking.DepartureCancelled || c.Cancelled == nil {
				t.Errorf("%s, %+v", d.State, c)
			}
		})
	}
}

func TestDeparture_Cancel(t *testing.T) {
	for _, s := range []booking.DepartureState{booking.DepartureOpen, booking.DepartureClosed} {
		t.Run("one that is "+string(s)+" is taken off, its seats as they were", func(t *testing.T) {
			d, c := in(s).Cancel(booking.Change{}, later)
			want := in(booking.DepartureCancelled)
			want.Version++
			same(t, d, want)
			same(t, c, booking.Change{Terms: &ten, Cancelled: &booking.Said{
				Version: 3, At: later, Reason: booking.ReasonOperator, Stock: &booking.Stock{Capacity: 10, Held: 3},
			}})
		})
	}
}

// Whatever became of the departure since, a command that was decided is
// answered by its own memory, and so is one that was refused.
func TestDeparture_LateCommand(t *testing.T) {
	for name, does := range commands {
		for _, first := range []booking.DepartureState{"", booking.DepartureOpen, booking.DepartureCancelled} {
			_, c := does(in(first), booking.Change{}, noon)
			for _, now := range []booking.DepartureState{"", booking.DepartureOpen, booking.DepartureClosed, booking.DepartureCancelled} {
				t.Run(name+" of "+string(first)+" comes again at "+string(now), func(t *testing.T) {
					changesNothing(t, in(now), c, func(d booking.Departure, c booking.Change) (booking.Departure, booking.Change) {
						return does(d, c, later)
					})
				})
			}
		}
	}
	t.Run("an old change does not undo a newer one", func(t *testing.T) {
		small, large := terms(), terms()
		small.Capacity, large.Capacity = 5, 20
		d, old := onSale().Change(booking.Change{}, small, noon)
		d, _ = d.Change(booking.Change{}, large, noon)
		changesNothing(t, d, old, func(d booking.Departure, c booking.Change) (booking.Departure, booking.Change) {
			return d.Change(c, small, later)
		})
	})
}

func TestTour(t *testing.T) {
	walk := booking.Tour{ID: "old-town", Name: "Old town", City: "Lyon"}
	night := booking.Tour{ID: "old-town", Name: "Old town by night", City: "Lyon", MeetingPoint: "the fountain", Version: 99}
	made, create := booking.Tour{}.Create(booking.Change{}, walk, noon)
	changed, update := made.Update(booking.Change{}, night, later)

	t.Run("a tour is made", func(t *testing.T) {
		want := walk
		want.Version = 1
		same(t, made, want)
		same(t, create, booking.Change{Opened: &booking.Said{Version: 1, At: noon}, Tour: &want})
	})
	t.Run("a tour is changed, and counts its own facts", func(t *testing.T) {
		want := night
		want.Version = 2
		same(t, changed, want)
		same(t, update, booking.Change{Changed: &booking.Said{Version: 2, At: later}, Tour: &want, Was: &booking.Was{MeetingPoint: new("")}})
	})
	t.Run("one that exists is not made again", func(t *testing.T) {
		again, no := made.Create(booking.Change{}, night, later)
		want := made
		want.Version = 2
		same(t, again, want)
		same(t, no, booking.Change{Refused: &booking.Said{Version: 2, At: later, Reason: booking.ReasonExists}})
		changesNothing(t, changed, no, func(b booking.Tour, c booking.Change) (booking.Tour, booking.Change) {
			return b.Create(c, night, later)
		})
	})
	t.Run("an unknown one is not changed", func(t *testing.T) {
		none, no := booking.Tour{}.Update(booking.Change{}, night, later)
		same(t, none, booking.Tour{Version: 1})
		same(t, no, booking.Change{Refused: &booking.Said{Version: 1, At: later, Reason: booking.ReasonTourUnknown}})
		changesNothing(t, made, no, func(b booking.Tour, c booking.Change) (booking.Tour, booking.Change) {
			return b.Update(c, night, later)
		})
	})
	t.Run("a late second command changes nothing", func(t *testing.T) {
		changesNothing(t, changed, create, func(b booking.Tour, c booking.Change) (booking.Tour, booking.Change) {
			return b.Create(c, walk, later)
		})
		newer, _ := changed.Update(booking.Change{}, walk, later)
		changesNothing(t, newer, update, func(b booking.Tour, c booking.Change) (booking.Tour, booking.Change) {
			return b.Update(c, night, later)
		})
	})
}

func TestDeparture_Change_Was(t *testing.T) {
	moved := func(change func(*booking.Terms)) *booking.Was {
		next := terms()
		next.MeetingPoint = "Place Saint-Jean"
		d, _ := booking.Departure{}.Open(booking.Change{}, "lyon-0900", next, noon)
		change(&next)
		_, c := d.Change(booking.Change{}, next, later)
		if c.Changed == nil {
			t.Fatalf("%+v", c)
		}
		return c.Was
	}
	old := new("Place Saint-Jean")
	for _, c := range []struct {
		says   string
		change func(*booking.Terms)
		was    *booking.Was
		tells  bool
	}{
		{"nothing", func(*booking.Terms) {}, nil, false},
		{"price, policy and tour are nobody's who has booked", func(n *booking.Terms) { n.Price, n.Policy, n.TourID = eur(5000), nil, "new-town" }, nil, false},
		{"the start", func(n *booking.Terms) { n.StartsAt = leaves.Add(time.Hour) }, &booking.Was{StartsAt: leaves, TimeZone: "Europe/Paris"}, true},
		{"the same start, written otherwise", func(n *booking.Terms) { n.StartsAt = leaves.In(time.FixedZone("", 7200)) }, nil, false},
		{"the zone", func(n *booking.Terms) { n.TimeZone = "Europe/London" }, &booking.Was{StartsAt: leaves, TimeZone: "Europe/Paris"}, true},
		{"the meeting point", func(n *booking.Terms) { n.MeetingPoint = "Bellecour" }, &booking.Was{MeetingPoint: old}, true},
		{"to the tour's own", func(n *booking.Terms) { n.MeetingPoint = "" }, &booking.Was{MeetingPoint: old}, true},
		{"the capacity", func(n *booking.Terms) { n.Capacity = 12 }, &booking.Was{Capacity: 10}, false},
		{"all of it", func(n *booking.Terms) { n.StartsAt, n.MeetingPoint, n.Capacity = leaves.Add(1), "", 12 },
			&booking.Was{StartsAt: leaves, TimeZone: "Europe/Paris", MeetingPoint: old, Capacity: 10}, true},
	} {
		t.Run(c.says, func(t *testing.T) {
			was := moved(c.change)
			same(t, was, c.was)
			same(t, was.Tells(), c.tells)
		})
	}
	t.Run("a refused change was nothing", func(t *testing.T) {
		next := terms()
		next.StartsAt, next.Capacity = leaves.Add(time.Hour), 2
		d, _ := held()
		_, c := d.Change(booking.Change{}, next, later)
		same(t, c.Was, (*booking.Was)(nil))
	})
	t.Run("from the tour's own meeting point", func(t *testing.T) {
		next := terms()
		next.MeetingPoint = "Bellecour"
		_, c := onSale().Change(booking.Change{}, next, later)
		same(t, c.Was, &booking.Was{MeetingPoint: new("")})
	})
}

func TestWas_SoldOut(t *testing.T) {
	now := booking.Stock{Capacity: 12, Held: 4, Sold: 6, Available: 2}
	for capacity, want := range map[int]bool{0: false, 10: true, 9: true, 11: false} {
		same(t, (&booking.Was{Capacity: capacity}).SoldOut(now), want)
	}
	same(t, (*booking.Was)(nil).SoldOut(now), false)
}
