package notify

import (
	"time"
	_ "time/tzdata" // the image has no zone files
)

// zone is the IANA zone, or UTC where the name is not one.
func zone(name string) *time.Location {
	if loc, err := time.LoadLocation(name); err == nil {
		return loc
	}
	return time.UTC
}
