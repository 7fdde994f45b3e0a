package words_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"tourbillon/internal/booking"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/words"
)

var property = regexp.MustCompile(`^([A-Z-]+):([^\x00-\x08\x0a-\x1f\x7f]*)$`)

var unescaped = strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n")

// parse reads a calendar of one event by the letter of RFC 5545, and returns its
// properties. What is not by the letter ends the test.
func parse(t *testing.T, raw string) map[string]string {
	t.Helper()
	if !strings.HasSuffix(raw, "\r\n") || strings.ContainsAny(strings.ReplaceAll(raw, "\r\n", ""), "\r\n") || !utf8.ValidString(raw) {
		t.Fatalf("not lines of text: %q", raw)
	}
	for line := range strings.SplitSeq(raw, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("folded wrongly: %q", line)
		}
	}
	var in []string
	of := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(raw, "\r\n ", ""), "\r\n"), "\r\n") {
		m := property.FindStringSubmatch(line)
		switch {
		case m == nil:
			t.Fatalf("no property: %q", line)
		case m[1] == "BEGIN":
			in = append(in, m[2])
		case m[1] == "END":
			if len(in) == 0 || in[len(in)-1] != m[2] {
				t.Fatalf("%s ends in %v", m[2], in)
			}
			in = in[:len(in)-1]
		default:
			name := strings.Join(in, "/") + "/" + m[1]
			if _, twice := of[name]; twice {
				t.Errorf("%s comes twice", name)
			}
			of[name] = unescaped.Replace(m[2])
		}
	}
	for _, must := range []string{"VCALENDAR/VERSION", "VCALENDAR/PRODID", "VCALENDAR/METHOD", "VCALENDAR/VEVENT/UID", "VCALENDAR/VEVENT/DTSTAMP", "VCALENDAR/VEVENT/DTSTART"} {
		if of[must] == "" {
			t.Errorf("%s is missing", must)
		}
	}
	if len(in) > 0 {
		t.Errorf("%v has no end", in)
	}
	return of
}

func TestCalendar(t *testing.T) {
	t.Run("a booking is noted", func(t *testing.T) {
		n := confirmed("en")
		want := map[string]string{
			"VCALENDAR/VERSION": "2.0", "VCALENDAR/PRODID": "-//Tourbillon//Bookings//EN", "VCALENDAR/CALSCALE": "GREGORIAN", "VCALENDAR/METHOD": "PUBLISH",
			"VCALENDAR/VEVENT/UID": n.Booking.ID, "VCALENDAR/VEVENT/SEQUENCE": "0", "VCALENDAR/VEVENT/DTSTAMP": "20260502T120000Z", "VCALENDAR/VEVENT/DTSTART": "20260614T070000Z",
			"VCALENDAR/VEVENT/SUMMARY": "Old Town and its traboules, Lyon", "VCALENDAR/VEVENT/LOCATION": "Place Saint-Jean, by the fountain, Lyon",
			"VCALENDAR/VEVENT/DESCRIPTION": "Reference: " + n.Booking.ID + "\n2 seats, Sunday 14 June 2026 at 09:00. We look forward to seeing you!",
			"VCALENDAR/VEVENT/URL":         n.Links.Booking, "VCALENDAR/VEVENT/STATUS": "CONFIRMED",
		}
		if diff := cmp.Diff(want, parse(t, say(t, words.Embedded(), n, booking.ChannelMail).Calendar)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("moved with its departure, and struck when it is cancelled, in that order", func(t *testing.T) {
		n := confirmed("fr")
		n.Template, n.At, n.Was.StartsAt = "tour.departure.changed", n.At.Add(time.Minute), n.Booking.StartsAt.Add(time.Hour)
		moved := parse(t, say(t, words.Embedded(), n, booking.ChannelMail).Calendar)
		n.Template, n.Confirmed = "booking.cancelled", true
		struck := parse(t, say(t, words.Embedded(), n, booking.ChannelMail).Calendar)
		if moved["VCALENDAR/METHOD"] != "PUBLISH" || struck["VCALENDAR/METHOD"] != "CANCEL" || struck["VCALENDAR/VEVENT/STATUS"] != "CANCELLED" || struck["VCALENDAR/VEVENT/UID"] != n.Booking.ID {
			t.Errorf("%v\n%v", moved, struck)
		}
		if m, s := moved["VCALENDAR/VEVENT/SEQUENCE"], struck["VCALENDAR/VEVENT/SEQUENCE"]; m >= s || len(m) != len(s) {
			t.Errorf("%s is not before %s", m, s)
		}
	})
	for name, change := range map[string]func(*words.News){
		"one that was never confirmed is in no calendar": func(n *words.News) { n.Template = "booking.cancelled" },
		"nor is one whose date is not known":             func(n *words.News) { n.Booking.StartsAt = time.Time{} },
		"nor a departure that somebody watches":          func(n *words.News) { n.Template, n.Booking.ID = "tour.departure.changed", "" },
		"nor a receipt":                                  func(n *words.News) { n.Template = "payment.succeeded" },
	} {
		t.Run(name, func(t *testing.T) {
			n := confirmed("en")
			change(&n)
			if m := say(t, words.Embedded(), n, booking.ChannelMail); m.Calendar != "" {
				t.Error(m.Calendar)
			}
		})
	}
}

// FuzzCalendar puts anything into a calendar's texts: it stays a calendar, and
// they are found in it again.
func FuzzCalendar(f *testing.F) {
	f.Add("Old Town; its \\ traboules, \"and\" more", "Place\nSaint-Jean\r\nEND:VCALENDAR")
	f.Add(strings.Repeat("谷中銀座", 40), strings.Repeat("é", 38)+"🚲")
	f.Add("\x00\x7f\xff\u2028", "")
	f.Fuzz(func(t *testing.T, tour, meet string) {
		n := confirmed("en")
		n.Tour.Name, n.Tour.City, n.Tour.MeetingPoint = tour, "", meet
		of := parse(t, say(t, words.Embedded(), n, booking.ChannelMail).Calendar)
		plain := regexp.MustCompile(`^[^\x00-\x1f\x7f\\]+$`)
		if utf8.ValidString(tour) && plain.MatchString(tour) && of["VCALENDAR/VEVENT/SUMMARY"] != tour {
			t.Errorf("%q is told as %q", tour, of["VCALENDAR/VEVENT/SUMMARY"])
		}
		if len(of) > 14 {
			t.Errorf("more than there is: %v", of)
		}
	})
}
