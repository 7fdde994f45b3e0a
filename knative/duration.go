package knative

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var iso8601 = regexp.MustCompile(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$`)

// parseDuration reads an ISO 8601 duration. Years, months and weeks are none
// here: a retry does not wait for so long.
func parseDuration(s string) (time.Duration, bool) {
	m := iso8601.FindStringSubmatch(s)
	if m == nil || s == "P" || strings.HasSuffix(s, "T") {
		return 0, false
	}
	var total time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.ParseFloat(m[i+1], 64)
		if err != nil {
			return 0, false
		}
		total += time.Duration(math.Round(n * float64(unit)))
	}
	return total, true
}
