package booking

import (
	"errors"
	"fmt"
	"time"
)

// ClockTime is what a clock shows, in minutes since midnight. It is written as
// 22:30.
type ClockTime int

// ErrClockTime is a text that no clock shows.
var ErrClockTime = errors.New("not a time such as 22:30")

// MarshalText writes hours and minutes.
func (t ClockTime) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%02d:%02d", int(t)/60, int(t)%60), nil
}

// UnmarshalText reads hours and minutes.
func (t *ClockTime) UnmarshalText(text []byte) error {
	at, err := time.Parse("15:04", string(text))
	if err != nil || len(text) != len("15:04") {
		return ErrClockTime
	}
	*t = shown(at)
	return nil
}

// shown is what clocks show at a time, at its place.
func shown(at time.Time) ClockTime { return ClockTime(at.Hour()*60 + at.Minute()) }

// on is when it is that late, days after the day of at, by at's clocks.
func (t ClockTime) on(at time.Time, days int) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d+days, int(t)/60, int(t)%60, 0, 0, at.Location())
}
