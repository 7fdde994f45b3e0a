package audit

import (
	"maps"
	"slices"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// stock is a departure's or a tour's head, and what its facts told, version by
// version.
type stock struct {
	departure booking.Departure
	tour      booking.Tour
	changes   map[string]booking.Change // by entry
	versions  versions
	ledger    []movement // by version from 1
	terms     uint64     // the version that told the terms, or the tour
	state     uint64     // the version that told the state
	counters  uint64     // the version that told the counters
}

// movement is what one fact of a departure moved, and the counters after it.
type movement struct {
	name  events.Name
	moved int32
	held  int32
	sold  int32
	most  int32
}

func newStock() *stock { return &stock{changes: map[string]booking.Change{}} }

// clone may be taken into without the original's changing, but for its ledger.
func (s *stock) clone() *stock {
	c := *s
	c.changes, c.versions = maps.Clone(s.changes), slices.Clone(s.versions)
	return &c
}

// takeTour folds a tour's fact in.
func (s *stock) takeTour(f fact) {
	s.tour.Version = max(s.tour.Version, f.said.Version)
	if f.name != events.TourRefused && f.data.Tour != nil && f.said.Version >= s.terms {
		version := s.tour.Version
		s.terms, s.tour = f.said.Version, *f.data.Tour
		s.tour.Version = version
	}
	s.change(f)
}

// takeDeparture folds a departure's fact in, a booking's or the catalog's.
func (s *stock) takeDeparture(f fact) {
	d := &s.departure
	d.Version = max(d.Version, f.said.Version)
	if c := f.said.Stock; c != nil && f.said.Version >= s.counters {
		s.counters, d.Held, d.Sold = f.said.Version, c.Held, c.Sold
	}
	if f.data.ID != "" {
		return
	}
	if f.data.Terms != nil && f.said.Version >= s.terms {
		s.terms, d.ID, d.Terms = f.said.Version, f.id, *f.data.Terms
	}
	if state := states[f.name]; state != "" && f.said.Version >= s.state {
		s.state, d.State = f.said.Version, state
	}
	s.change(f)
}

var states = map[events.Name]booking.DepartureState{
	events.DepartureOpened:    booking.DepartureOpen,
	events.DepartureClosed:    booking.DepartureClosed,
	events.DepartureCancelled: booking.DepartureCancelled,
}

// change folds a catalog's fact into the entry of the command that it answers.
func (s *stock) change(f fact) {
	entry := entryOf(f.data.Command)
	c := s.changes[entry]
	c.Command, c.Terms, c.Tour, c.Was = f.data.Command, f.data.Terms, f.data.Tour, f.data.Was
	switch f.name {
	case events.TourCreated, events.DepartureOpened:
		put(&c.Opened, f)
	case events.TourUpdated, events.DepartureChanged:
		put(&c.Changed, f)
	case events.DepartureClosed:
		put(&c.Closed, f)
	case events.DepartureCancelled:
		put(&c.Cancelled, f)
	case events.TourRefused, events.DepartureRefused:
		put(&c.Refused, f)
	}
	s.changes[entry] = c
}

// write notes what the fact moved.
func (s *stock) write(f fact) {
	for uint64(len(s.ledger)) < f.said.Version {
		s.ledger = append(s.ledger, movement{})
	}
	m := movement{name: f.name, moved: int32(f.said.Seats)}
	if c := f.said.Stock; c != nil {
		m.held, m.sold, m.most = int32(c.Held), int32(c.Sold), int32(c.Capacity)
	}
	s.ledger[f.said.Version-1] = m
}

// leaps are the versions whose counters do not follow from those before by
// what the fact moved.
func (s *stock) leaps() (at []uint64) {
	for i, m := range s.ledger {
		if i == 0 || m.name == "" || s.ledger[i-1].name == "" {
			continue // what is between is not known
		}
		was := s.ledger[i-1]
		if !m.follows(m.held-was.held, m.sold-was.sold) {
			at = append(at, uint64(i+1))
		}
	}
	return at
}

func (m movement) follows(held, sold int32) bool {
	switch m.name {
	case events.SpotsReserved:
		return held == m.moved && sold == 0
	case events.SpotsSold:
		return held == -m.moved && sold == m.moved
	case events.SpotsReleased:
		return held == -m.moved && sold == 0 || held == 0 && sold == -m.moved
	}
	return held == 0 && sold == 0
}
