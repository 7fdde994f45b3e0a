package notify

import (
	"cmp"
	"context"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/words"
)

// news is what the message tells, with what is known of the departure now, and
// whether it is true still: seats that there were may be gone.
func (l letter) news(ctx context.Context) (n words.News, current bool, err error) {
	n = words.News{Template: l.Template, Booking: l.Booking, Reason: l.Reason, Amount: l.Amount, At: l.At}
	d, err := record.ReadDeparture(ctx, l.Records, l.Booking.DepartureID)
	if err != nil {
		return n, false, err
	}
	if d.State != "" {
		n.Booking.TourID, n.Booking.StartsAt, n.Booking.TimeZone = d.Terms.TourID, d.Terms.StartsAt, d.Terms.TimeZone
	}
	if n.Tour, err = record.ReadTour(ctx, l.Records, n.Booking.TourID); err != nil {
		return n, false, err
	}
	tours := n.Tour.MeetingPoint
	n.Tour.MeetingPoint = cmp.Or(d.Terms.MeetingPoint, tours)
	n.Was = l.was(d, tours, n)
	n.Available = d.Available()
	if l.Links != nil {
		n.Links = l.Links(l.CustomerID, l.Category)
	}
	if l.Page != nil && l.Booking.ID != "" {
		n.Links.Booking = l.Page(l.Booking.ID)
	}
	return n, l.current(n, d.Stock()), nil
}

// was is what of a departure is another now than what there is to tell of it was.
func (l letter) was(d booking.Departure, tours string, n words.News) (was words.Was) {
	if l.Was == nil {
		return was
	}
	was.MeetingPoint = n.Tour.MeetingPoint
	if l.Was.MeetingPoint != nil {
		if was.MeetingPoint = *l.Was.MeetingPoint; was.MeetingPoint == "" && d.Terms.MeetingPoint != "" {
			was.MeetingPoint = tours
		}
		was.Moved = n.Tour.MeetingPoint != "" && was.MeetingPoint != n.Tour.MeetingPoint
	}
	if !l.Was.StartsAt.Equal(n.Booking.StartsAt) || clocks(l.Was.StartsAt, l.Was.TimeZone) != clocks(l.Was.StartsAt, n.Booking.TimeZone) {
		was.StartsAt, was.TimeZone = l.Was.StartsAt, l.Was.TimeZone
	}
	return was
}

// clocks is how far those of a zone are from UTC: a zone of another name that shows
// the same is no news.
func clocks(at time.Time, zone string) int {
	_, offset := at.In(words.Zone(zone)).Zone()
	return offset
}

// current reports whether what there is to tell of a departure is true still, and
// of use: seats that there were may be gone, few may be many again, what has left
// cannot be missed, and what was changed may be as it was.
func (l letter) current(n words.News, is booking.Stock) bool {
	now, starts := l.Now(), n.Booking.StartsAt
	if l.Template == string(events.AvailabilityLow) && n.Available > is.Few() {
		return false
	}
	switch l.Template {
	case string(events.AvailabilityLow), string(events.AvailabilityBack):
		return n.Available > 0 && now.Before(starts)
	case string(events.DepartureChanged):
		return (n.Was.Moved || !n.Was.StartsAt.IsZero()) && (now.Before(starts) || now.Before(n.Was.StartsAt))
	}
	return true
}

// newer is how many of a customer's messages are looked at for one that tells the
// same.
const newer = 50

// outdone reports whether a message that was put off tells of seats what a newer one
// to the same address tells: both would say what is true when they are sent, so that
// a night of comings and goings would be a dozen of the same in the morning.
func (l letter) outdone(ctx context.Context) (bool, error) {
	if l.Deferred == nil || l.Template != string(events.AvailabilityLow) && l.Template != string(events.AvailabilityBack) {
		return false, nil
	}
	page, err := l.Records.List(ctx, record.IndexMessagesOf(l.CustomerID), "", newer)
	for _, id := range page.Members {
		var n booking.Notification
		if n, err = record.ReadNotification(ctx, l.Records, id); err != nil || !n.At.After(l.At) {
			break // the newest are the first
		}
		if n.Failed == nil && n.Template == l.Template && n.Booking.DepartureID == l.Booking.DepartureID &&
			n.Channel == l.Channel && n.Recipient == l.Recipient {
			return true, nil
		}
	}
	return false, err
}
