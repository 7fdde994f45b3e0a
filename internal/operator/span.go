package operator

import (
	"math"
	"net/url"
	"strings"
	"time"
)

// span reads the query parameters since and older: from when, and before when.
// Each is a time, or how long ago it is. A zero time is no bound.
func span(q url.Values, now time.Time) (since, older time.Time, err error) {
	if since, err = moment("since", q.Get("since"), now); err != nil {
		return since, older, err
	}
	older, err = moment("older", q.Get("older"), now)
	return since, older, err
}

func moment(parameter, value string, now time.Time) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at, nil
	}
	ago := value
	if days, ok := strings.CutSuffix(value, "d"); ok {
		ago = days + "h"
	}
	d, err := time.ParseDuration(ago)
	if err != nil || d < 0 || ago != value && d > math.MaxInt64/24 {
		return time.Time{}, bad(parameter, "write a time, as 2026-05-02T12:00:00Z, or how long ago it is, as 90s, 2h or 3d")
	}
	if ago != value {
		d *= 24
	}
	return now.Add(-d), nil
}
