package booking

import "time"

// Tour is what an operator sells and departures are dates of. It is the head
// of its record; each command's memory is a [Change].
type Tour struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	City         string `json:"city"`
	MeetingPoint string `json:"meetingPoint,omitempty"`
	Version      uint64 `json:"v,omitempty"` // facts said so far
}

// Create makes the tour. One that exists already is refused.
func (t Tour) Create(c Change, as Tour, now time.Time) (Tour, Change) {
	if c.Decided() {
		return t, c
	}
	if t.ID != "" {
		c.Refused = t.say(now, ReasonExists)
		return t, c
	}
	as.Version = t.Version
	c.Opened = as.say(now, "")
	c.Tour = &as
	return as, c
}

// Update replaces what is known of the tour. An unknown one is refused.
func (t Tour) Update(c Change, as Tour, now time.Time) (Tour, Change) {
	if c.Decided() {
		return t, c
	}
	if t.ID == "" {
		c.Refused = t.say(now, ReasonTourUnknown)
		return t, c
	}
	as.Version = t.Version
	if as.MeetingPoint != t.MeetingPoint {
		c.Was = &Was{MeetingPoint: &t.MeetingPoint}
	}
	c.Changed = as.say(now, "")
	c.Tour = &as
	return as, c
}

func (t *Tour) say(now time.Time, why Reason) *Said {
	t.Version++
	return &Said{Version: t.Version, At: now, Reason: why}
}
