package notify

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // the image has no zone files
)

// zones are those that were used: package time reads their files every time.
var zones sync.Map

// zone is the IANA zone, or UTC where the name is not one.
func zone(name string) *time.Location {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, loc) // there are some hundreds, and no more
	return loc
}

func englishDate(t time.Time) string { return t.Format("Monday 2 January 2006 at 15:04") }

func frenchDate(t time.Time) string {
	day := fmt.Sprint(t.Day())
	if day == "1" {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %s %d à %s", jours[t.Weekday()], day, mois[t.Month()-1], t.Year(), t.Format("15h04"))
}

// Package time knows English names only.
var (
	jours = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	mois  = [...]string{
		"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre",
	}
)
