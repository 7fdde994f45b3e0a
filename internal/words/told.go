package words

import (
	"cmp"
	"slices"
	"time"

	"tourbillon/internal/booking"
)

// News is what there is to tell somebody, before it is put into words.
type News struct {
	Template  string           // what happened: see [Words.Templates]
	Customer  booking.Customer // who is told: their name, and their language
	Booking   booking.Booking  // as it stands; for who has none, the departure alone, without an ID
	Tour      booking.Tour     // as far as it is known
	Reason    booking.Reason
	Amount    *booking.Money // that moved, or is owed
	Was       Was            // tour.departure.changed: Booking and Tour say what is now
	Available int            // seats that there are now
	Confirmed bool           // booking.cancelled: it was confirmed before, and so is in a calendar
	At        time.Time      // when it happened
	Links     Links
}

// Was is what a departure was to be, before it was changed: what did not change
// is as it is now, or the zero value.
type Was struct {
	StartsAt     time.Time
	TimeZone     string
	MeetingPoint string
	Moved        bool // the meeting point is another now, be it that there was none
}

// Links are addresses that a message leads to; "" leads nowhere.
type Links struct {
	Booking     string // the booking, for who may look at it; for a watcher, the departure
	Preferences string // where to say what is wanted, and by which channel
	Unsubscribe string // where one click ends messages of this kind (RFC 8058)
}

// Told is what a template may say: every text is in the reader's language, and
// "" where it is not known or there is none.
type Told struct {
	Template  string // what happened, booking.confirmed
	Category  booking.Category
	Name      string // who is told
	Reference string // the booking's id; "" for who watches a departure
	Tour      string // the tour's name and city, or its departure's id
	Departure string // the departure's id

	When, ShortWhen  string // the departure's time, as its own clocks show it
	MeetingPoint     string
	On               string // the day on which it happened, as the departure's clocks show it
	WasWhen          string // tour.departure.changed: "" if that is as it was
	WasMeetingPoint  string
	Moved            bool // tour.departure.changed: the meeting point is another, whether or not there was one
	Seats, Available int

	Price  string // of all seats
	Amount string // that moved, or is owed; "" if that is nothing
	Reason booking.Reason
	Policy booking.Policy // the best tier first

	Links
}

// told is the news in the voice's language.
func (v voice) told(n News, category booking.Category) Told {
	b := n.Booking
	t := Told{
		Template: n.Template, Category: category, Name: n.Customer.Name, Reference: b.ID, Departure: b.DepartureID,
		Tour:         cmp.Or(joined(n.Tour.Name, n.Tour.City), b.DepartureID),
		MeetingPoint: n.Tour.MeetingPoint, Seats: b.Seats, Available: n.Available,
		When: v.when(b.StartsAt, b.TimeZone, v.long), ShortWhen: v.when(b.StartsAt, b.TimeZone, v.short),
		On: v.when(n.At, b.TimeZone, v.day), Price: v.money(b.Price), Reason: n.Reason, Links: n.Links,
	}
	if was := v.when(n.Was.StartsAt, cmp.Or(n.Was.TimeZone, b.TimeZone), v.long); was != t.When {
		t.WasWhen = was
	}
	if t.Moved = n.Was.Moved; t.Moved {
		t.WasMeetingPoint = n.Was.MeetingPoint
	}
	if n.Amount != nil && n.Amount.Amount > 0 {
		t.Amount = v.money(*n.Amount)
	}
	t.Policy = slices.SortedFunc(slices.Values(b.Policy), func(a, b booking.Tier) int {
		return cmp.Compare(b.HoursBefore, a.HoursBefore)
	})
	return t
}

// joined is a place in a place.
func joined(what, where string) string {
	if what == "" || where == "" {
		return what
	}
	return what + ", " + where
}
