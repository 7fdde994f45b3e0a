package words

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// invitation is what a calendar is told (RFC 5545): to note a confirmed booking,
// to move it with its departure, to strike it when it is cancelled. It is the
// booking's own entry, whatever the message, and "" where there is no date to
// keep.
func invitation(n News, s sentences) string {
	b := n.Booking
	method, status, version := "PUBLISH", "CONFIRMED", minutes(n.At)
	switch {
	case b.ID == "" || b.StartsAt.IsZero():
		return ""
	case n.Template == "booking.confirmed":
		version = 0
	case n.Template == "tour.departure.changed":
	case n.Template == "booking.cancelled" && n.Confirmed:
		method, status = "CANCEL", "CANCELLED"
		version++ // after a change of the same minute
	default:
		return ""
	}
	var c calendar
	c.line("BEGIN", "VCALENDAR")
	c.line("VERSION", "2.0")
	c.line("PRODID", "-//Tourbillon//Bookings//EN")
	c.line("CALSCALE", "GREGORIAN")
	c.line("METHOD", method)
	c.line("BEGIN", "VEVENT")
	c.text("UID", b.ID)
	c.line("DTSTAMP", stamp(n.At))
	c.line("SEQUENCE", strconv.FormatInt(version, 10))
	c.line("DTSTART", stamp(b.StartsAt))
	c.text("SUMMARY", s.Tour)
	c.text("LOCATION", joined(n.Tour.MeetingPoint, n.Tour.City))
	c.text("DESCRIPTION", s.line("reference")+": "+b.ID+"\n"+s.line("summary"))
	if n.Links.Booking != "" {
		c.line("URL", n.Links.Booking)
	}
	c.line("STATUS", status)
	c.line("END", "VEVENT")
	c.line("END", "VCALENDAR")
	return c.String()
}

// minutes is the how-manieth saying of an entry this is: one that is larger
// stands over one that is smaller. 32 bits hold it until the year 6053.
func minutes(at time.Time) int64 { return max(1, at.Unix()/60) }

func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// calendar is written line by line.
type calendar struct{ strings.Builder }

// escaped is text as a property's value.
var escaped = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// text writes a property, if there is anything to say.
func (c *calendar) text(name, value string) {
	value = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return -1 // no control character can be in a calendar
		}
		return r
	}, strings.ToValidUTF8(value, ""))
	if value != "" {
		c.line(name, escaped.Replace(value))
	}
}

// line writes a property, folded where it is longer than 75 octets.
func (c *calendar) line(name, value string) {
	rest := name + ":" + value
	for room := 75; len(rest) > room; room = 74 { // a space leads from the second on
		at := room
		for !utf8.RuneStart(rest[at]) {
			at--
		}
		c.WriteString(rest[:at] + "\r\n ")
		rest = rest[at:]
	}
	c.WriteString(rest + "\r\n")
}
