package booking_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
	_ "time/tzdata"

	"tourbillon/internal/booking"
)

func TestPreferences_Wants(t *testing.T) {
	type chosen = map[booking.Category][]string
	for _, c := range []struct {
		says   string
		chosen chosen
		of     booking.Category
		want   []string
	}{
		{"who has chosen nothing is told of an ending by mail and push", nil, booking.CategoryEnding, []string{"mail", "push"}},
		{"of a change by everything there is", nil, booking.CategoryChange, []string{"mail", "text", "push"}},
		{"of money by mail", nil, booking.CategoryReceipt, []string{"mail"}},
		{"of seats that are watched by mail and push", nil, booking.CategoryInterest, []string{"mail", "push"}},
		{"and of what is no category as of those", nil, "weather", []string{"mail", "push"}},
		{"what is chosen is what is wanted, in one order", chosen{booking.CategoryReceipt: {"push", "text"}}, booking.CategoryReceipt, []string{"text", "push"}},
		{"twice is once", chosen{booking.CategoryReceipt: {"text", "text"}}, booking.CategoryReceipt, []string{"text"}},
		{"what is no channel is none", chosen{booking.CategoryReceipt: {"pigeon", "mail"}}, booking.CategoryReceipt, []string{"mail"}},
		{"nothing is nothing, of what can be missed", chosen{booking.CategoryReceipt: {}}, booking.CategoryReceipt, nil},
		{"of what cannot it is as if nothing was chosen", chosen{booking.CategoryEnding: {}}, booking.CategoryEnding, []string{"mail", "push"}},
		{"but by which channel can be chosen", chosen{booking.CategoryChange: {"push"}}, booking.CategoryChange, []string{"push"}},
		{"another category is chosen by itself", chosen{booking.CategoryInterest: {}}, booking.CategoryReceipt, []string{"mail"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			same(t, booking.Preferences{Channels: c.chosen}.Wants(c.of), c.want)
		})
	}
}

func clock(t *testing.T, text string) (at booking.ClockTime) {
	t.Helper()
	if err := at.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return at
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestPreferences_QuietUntil tells times with their offset, as hours that clocks
// show twice need it.
func TestPreferences_QuietUntil(t *testing.T) {
	for _, c := range []struct {
		says, from, to, zone string
		now, until           string // until "": it is not quiet
	}{
		{"within a day", "13:00", "15:00", "Europe/Paris", "2026-05-02T14:00:00+02:00", "2026-05-02T15:00:00+02:00"},
		{"they begin on the minute", "13:00", "15:00", "Europe/Paris", "2026-05-02T13:00:00+02:00", "2026-05-02T15:00:00+02:00"},
		{"and not before", "13:00", "15:00", "Europe/Paris", "2026-05-02T12:59:59+02:00", ""},
		{"they end on the minute", "13:00", "15:00", "Europe/Paris", "2026-05-02T15:00:00+02:00", ""},
		{"and not before", "13:00", "15:00", "Europe/Paris", "2026-05-02T14:59:59+02:00", "2026-05-02T15:00:00+02:00"},
		{"over midnight, before it", "22:30", "07:00", "Europe/Paris", "2026-05-02T22:30:00+02:00", "2026-05-03T07:00:00+02:00"},
		{"over midnight, after it", "22:30", "07:00", "Europe/Paris", "2026-05-03T00:00:00+02:00", "2026-05-03T07:00:00+02:00"},
		{"over midnight, in the day", "22:30", "07:00", "Europe/Paris", "2026-05-03T07:00:00+02:00", ""},
		{"over the year's end", "22:00", "07:00", "Europe/Paris", "2026-12-31T23:00:00+01:00", "2027-01-01T07:00:00+01:00"},
		{"until midnight", "20:00", "00:00", "Europe/Paris", "2026-05-02T23:59:00+02:00", "2026-05-03T00:00:00+02:00"},
		{"from midnight", "00:00", "06:00", "Europe/Paris", "2026-05-02T00:00:00+02:00", "2026-05-02T06:00:00+02:00"},
		{"from a time to the same is never, or nothing would ever be told", "09:00", "09:00", "Europe/Paris", "2026-05-02T09:00:00+02:00", ""},
		{"the hours are the customer's own", "22:00", "07:00", "America/Los_Angeles", "2026-05-02T08:00:00+02:00", "2026-05-02T07:00:00-07:00"},
		{"and not ours", "22:00", "07:00", "Asia/Tokyo", "2026-05-02T23:30:00Z", ""},
		{"of a zone by quarters of hours", "22:00", "07:00", "Asia/Kathmandu", "2026-05-02T00:00:00Z", "2026-05-02T07:00:00+05:45"},

		{"a night that is an hour shorter", "22:00", "07:00", "Europe/Paris", "2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"},
		{"a night that is an hour longer", "22:00", "07:00", "Europe/Paris", "2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"},
		{"an end that clocks go over", "22:00", "02:30", "Europe/Paris", "2026-03-29T01:10:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"and west of Greenwich", "22:00", "02:30", "America/New_York", "2026-03-08T01:10:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"from the evening before", "22:00", "02:30", "America/New_York", "2026-03-07T22:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"a beginning that clocks go over", "02:30", "06:00", "Europe/Paris", "2026-03-29T03:00:00+02:00", "2026-03-29T06:00:00+02:00"},
		{"hours that clocks go over are none", "02:10", "02:50", "Europe/Paris", "2026-03-29T03:00:00+02:00", ""},
		{"an end that comes twice, the first time", "22:00", "01:30", "America/New_York", "2026-11-01T01:10:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"between both it is not quiet", "22:00", "01:30", "America/New_York", "2026-11-01T01:40:00-04:00", ""},
		{"the second time", "22:00", "01:30", "America/New_York", "2026-11-01T01:10:00-05:00", "2026-11-01T01:30:00-05:00"},
		{"an end after hours that come twice", "22:00", "02:00", "America/New_York", "2026-11-01T01:40:00-04:00", "2026-11-01T02:00:00-05:00"},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := booking.Preferences{Quiet: &booking.Quiet{From: clock(t, c.from), To: clock(t, c.to)}}
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			z := zone(t, c.zone)
			got := p.QuietUntil(booking.CategoryReceipt, now, z)
			if c.until == "" {
				same(t, got, time.Time{})
				return
			}
			same(t, got.In(z).Format(time.RFC3339), c.until)
			if !p.QuietUntil(booking.CategoryReceipt, got, z).IsZero() {
				t.Error("it is quiet when it was to end, still")
			}
			for _, critical := range []booking.Category{booking.CategoryEnding, booking.CategoryChange} {
				same(t, p.QuietUntil(critical, now, z), time.Time{})
			}
		})
	}
	t.Run("who has said none has none", func(t *testing.T) {
		same(t, booking.Preferences{}.QuietUntil(booking.CategoryInterest, noon, time.UTC), time.Time{})
	})
}

// TestPreferences_QuietUntil_Ends walks a year of nights through in steps that
// fall on no hour: what is put off is put off once, and never beyond a day.
func TestPreferences_QuietUntil_Ends(t *testing.T) {
	p := booking.Preferences{Quiet: &booking.Quiet{From: clock(t, "22:15"), To: clock(t, "02:30")}}
	for _, name := range []string{"Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata"} {
		z := zone(t, name)
		for now := noon; now.Before(noon.AddDate(1, 0, 0)); now = now.Add(23 * time.Minute) {
			until := p.QuietUntil(booking.CategoryInterest, now, z)
			switch {
			case until.IsZero():
			case !until.After(now), until.Sub(now) > 6*time.Hour, !p.QuietUntil(booking.CategoryInterest, until, z).IsZero():
				t.Fatalf("%s: at %v until %v", name, now.In(z), until.In(z))
			}
		}
	}
}

func TestClockTime(t *testing.T) {
	for text, want := range map[string]booking.ClockTime{"00:00": 0, "07:05": 425, "22:30": 1350, "23:59": 1439} {
		at := clock(t, text)
		same(t, at, want)
		raw, err := json.Marshal(booking.Quiet{From: at})
		if err != nil || string(raw) != `{"from":"`+text+`","to":"00:00"}` {
			t.Errorf("%s, %v", raw, err)
		}
	}
	for _, bad := range []string{"", "7:05", "24:00", "22:60", "22:30:00", "-1:00", "22.30", "10pm", " 22:30", "２２:30"} {
		at := booking.ClockTime(7)
		if err := at.UnmarshalText([]byte(bad)); !errors.Is(err, booking.ErrClockTime) || at != 7 {
			t.Errorf("%q: %v, %v", bad, at, err)
		}
	}
	var q booking.Quiet
	if err := json.Unmarshal([]byte(`{"from":1350,"to":"07:00"}`), &q); err == nil {
		t.Error("a number is no time")
	}
}

func TestCameBackForGood(t *testing.T) {
	for channel, codes := range map[string]map[string]bool{
		"mail": {
			"5.1.1": true, "5.1.10": true, "5.2.1": true, "5.0.0": true, "550": true, "bounce": true, "dropped": true, "605": true, "rejected": false, "": true,
			"5.2.2": false, "5.2.3": false, "5.3.4": false, "5.4.4": false, "5.7.1": false, "552": false, "554": false, "4.2.2": false, "421": false, "602": false, "blocked": false,
		},
		"text": {
			"30005": true, "30006": true, "21211": true, "21614": true,
			"30001": false, "30003": false, "30007": false, "30008": false, "21610": false, "": false, "unheard": false,
		},
		"push": {"5.1.1": false, "30005": false, "": false},
		"":     {"5.1.1": false},
	} {
		for code, want := range codes {
			if got := booking.CameBackForGood(channel, code); got != want {
				t.Errorf("%s %q: %v, want %v", channel, code, got, want)
			}
		}
	}
}
