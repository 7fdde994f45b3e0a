package booking_test

import (
	"slices"
	"testing"
	"time"

	"tourbillon/internal/booking"
)

func TestReader_PrefersTheSameOnce(t *testing.T) {
	at := time.Date(2026, time.May, 2, 12, 0, 0, 0, time.UTC)
	night := func() booking.Preferences {
		return booking.Preferences{
			Channels: map[booking.Category][]string{booking.CategoryReceipt: {}}, Quiet: &booking.Quiet{From: 22 * 60, To: 7 * 60}, TimeZone: "Europe/Paris", Locale: "fr",
		}
	}
	was := booking.Reader{}.Prefer(night(), at)
	if was.Preferred == nil || was.Preferred.Attempt != 1 || was.Version != 1 {
		t.Fatalf("%+v", was)
	}
	if again := was.Prefer(night(), at.Add(time.Hour)); again.Version != 1 || !again.Preferred.At.Equal(at) {
		t.Errorf("the same is said anew: %+v", again)
	}
	if none := (booking.Reader{}).Prefer(booking.Preferences{}, at); none.Preferred == nil {
		t.Error("who wishes for nothing, and says so, is not heard")
	}
	for name, change := range map[string]func(*booking.Preferences){
		"a channel":  func(p *booking.Preferences) { p.Channels[booking.CategoryReceipt] = []string{booking.ChannelMail} },
		"a category": func(p *booking.Preferences) { p.Channels[booking.CategoryInterest] = nil },
		"the hours":  func(p *booking.Preferences) { p.Quiet.To++ },
		"no hours":   func(p *booking.Preferences) { p.Quiet = nil },
		"the zone":   func(p *booking.Preferences) { p.TimeZone = "Europe/London" },
		"the locale": func(p *booking.Preferences) { p.Locale = "en" },
	} {
		t.Run(name+" makes it another wish", func(t *testing.T) {
			p := night()
			change(&p)
			if got := was.Prefer(p, at.Add(time.Hour)); got.Version != 2 || got.Preferred.Attempt != 2 {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestPreferences_Without(t *testing.T) {
	none := booking.Preferences{}
	p := none.Without(booking.CategoryInterest, booking.ChannelMail)
	if got := p.Wants(booking.CategoryInterest); !slices.Equal(got, []string{booking.ChannelPush}) {
		t.Errorf("the other channels are %v", got)
	}
	if got := p.Without(booking.CategoryInterest, booking.ChannelPush).Wants(booking.CategoryInterest); len(got) != 0 {
		t.Errorf("without the last it is %v", got)
	}
	if len(none.Channels) != 0 || len(p.Channels) != 1 {
		t.Error("what it was made of is another now")
	}
}
