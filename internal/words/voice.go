package words

import (
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the image has no zone files

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"tourbillon/internal/booking"
)

// voice is one language that we speak.
type voice struct {
	tag     language.Tag
	long    func(time.Time) string // a departure's date and time, in the departure's zone
	short   func(time.Time) string // the same for a text message
	day     func(time.Time) string // the date
	typeset func(string) string    // as a printer of the language would set it
}

// voices are all, in the order of their preference: the first is spoken to who
// asks for another.
var voices = []voice{
	{language.English, englishDate, englishShort, englishDay, strings.NewReplacer().Replace},
	{language.French, frenchDate, frenchShort, frenchDay, strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " !", "\u00a0!", " ?", "\u00a0?", " %", "\u00a0%").Replace},
}

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, v := range voices {
		tags = append(tags, v.tag)
	}
	return language.NewMatcher(tags)
}()

// match is the place in voices of the one that suits a locale (BCP 47) best.
func match(locale string) int {
	_, i := language.MatchStrings(matcher, locale)
	return i
}

// plural is the form for n things.
func (v voice) plural(n int, one, other string) string {
	if plural.Cardinal.MatchPlural(v.tag, n%10_000_000, 0, 0, 0, 0) == plural.One {
		return one
	}
	return other
}

// when is a departure's time as its own clocks show it, or "" before it is
// known.
func (v voice) when(at time.Time, timeZone string, date func(time.Time) string) string {
	if at.IsZero() {
		return ""
	}
	at = at.In(Zone(timeZone))
	if at.Location() == time.UTC {
		return date(at) + " UTC" // the departure's own zone is not known
	}
	return date(at)
}

// money writes an amount with the decimals that its currency has, or "" where
// it is of none.
func (v voice) money(m booking.Money) string {
	digits, ok := booking.Digits(m.Currency)
	if !ok {
		return ""
	}
	value := float64(m.Amount)
	for range digits {
		value /= 10
	}
	p := message.NewPrinter(v.tag)
	return p.Sprint(number.Decimal(value, number.Scale(digits))) + "\u00a0" + m.Currency
}

// zones are those that were used: package time reads their files every time.
var zones sync.Map

// Zone is the IANA zone, or UTC where the name is not one.
func Zone(name string) *time.Location {
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

func englishDate(t time.Time) string  { return t.Format("Monday 2 January 2006 at 15:04") }
func englishShort(t time.Time) string { return t.Format("Mon 2 Jan 15:04") }

func englishDay(t time.Time) string { return t.Format("2 January 2006") }

func frenchDay(t time.Time) string {
	return fmt.Sprintf("%s %s %d", jour(t), mois[t.Month()-1], t.Year())
}

func frenchDate(t time.Time) string {
	return fmt.Sprintf("%s %s %s %d à %s", jours[t.Weekday()], jour(t), mois[t.Month()-1], t.Year(), t.Format("15h04"))
}

func frenchShort(t time.Time) string {
	return fmt.Sprintf("%s. %s %s %s", jours[t.Weekday()][:3], jour(t), moisCourts[t.Month()-1], t.Format("15h04"))
}

func jour(t time.Time) string {
	if t.Day() == 1 {
		return "1er"
	}
	return fmt.Sprint(t.Day())
}

// Package time knows English names only.
var (
	jours = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	mois  = [...]string{
		"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre",
	}
	moisCourts = [...]string{
		"janv.", "févr.", "mars", "avril", "mai", "juin",
		"juil.", "août", "sept.", "oct.", "nov.", "déc.",
	}
)
