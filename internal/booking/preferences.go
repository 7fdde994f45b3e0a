package booking

import (
	"maps"
	"slices"
	"time"
)

// Preferences is what a customer wishes to be told, by which channels, and when
// not. The zero value is somebody who has wished for nothing: see [Rule].
type Preferences struct {
	Channels map[Category][]string `json:"channels,omitempty"` // by category; one that is not there is as its rule has it, an empty list is none
	Quiet    *Quiet                `json:"quietHours,omitempty"`
	TimeZone string                `json:"timeZone,omitempty"` // IANA: whose hours are quiet
	Locale   string                `json:"locale,omitempty"`   // BCP 47; empty: as each booking asks for
}

// Quiet is the part of each day in which nothing is to be told that can wait,
// by the customer's own clocks.
type Quiet struct {
	From ClockTime `json:"from"`
	To   ClockTime `json:"to"` // of the next day, where it is before From; as From: never
}

// Wants returns the channels by which messages of a category are told, in the
// order of [Channels]. Nobody misses what is critical: who wants it by none is
// told as who has chosen none.
func (p Preferences) Wants(c Category) []string {
	rule := c.Rule()
	chosen, ok := p.Channels[c]
	if !ok || len(chosen) == 0 && rule.Critical {
		chosen = rule.Channels
	}
	var all []string
	for _, channel := range Channels() {
		if slices.Contains(chosen, channel) {
			all = append(all, channel)
		}
	}
	return all
}

// QuietUntil is when a message of a category may be told that must not be told
// now, or zero where it may.
func (p Preferences) QuietUntil(c Category, now time.Time, zone *time.Location) time.Time {
	if p.Quiet == nil || c.Rule().Critical {
		return time.Time{}
	}
	return p.Quiet.until(now.In(zone))
}

// until is the end of the quiet hours that at is in, or zero. What counts is what
// clocks show: hours that they show twice are quiet twice, and a clock that is
// put forward over the end ends them then.
func (q Quiet) until(at time.Time) time.Time {
	if !q.holds(at) {
		return time.Time{}
	}
	days := 0
	if q.To <= shown(at) {
		days = 1
	}
	_, offset := at.Zone()
	end := q.To.on(at.In(time.FixedZone("", offset)), days)
	if _, change := at.ZoneBounds(); !change.IsZero() && !change.After(end) {
		if end = q.until(change); end.IsZero() {
			end = change
		}
	}
	return end.UTC()
}

// holds reports whether at is in the quiet hours. From the same to the same time
// is never: who wants to hear of nothing says so by the channels.
func (q Quiet) holds(at time.Time) bool {
	now := shown(at)
	if q.From <= q.To {
		return q.From <= now && now < q.To
	}
	return q.From <= now || now < q.To
}

// Without is what is wished by who wants no more messages of a category by a
// channel: the others stay.
func (p Preferences) Without(c Category, channel string) Preferences {
	wanted := slices.DeleteFunc(p.Wants(c), func(w string) bool { return w == channel })
	if p = p.copied(); p.Channels == nil {
		p.Channels = make(map[Category][]string)
	}
	p.Channels[c] = append([]string{}, wanted...)
	return p
}

// alike reports whether two wish the same.
func alike(p, q Preferences) bool {
	quiet := p.Quiet == q.Quiet || p.Quiet != nil && q.Quiet != nil && *p.Quiet == *q.Quiet
	return quiet && p.TimeZone == q.TimeZone && p.Locale == q.Locale && maps.EqualFunc(p.Channels, q.Channels, slices.Equal[[]string])
}

// copied shares nothing with p.
func (p Preferences) copied() Preferences {
	if p.Channels != nil {
		all := make(map[Category][]string, len(p.Channels))
		for c, channels := range p.Channels {
			all[c] = slices.Clone(channels)
		}
		p.Channels = all
	}
	if p.Quiet != nil {
		p.Quiet = new(*p.Quiet)
	}
	return p
}
