package words_test

import (
	"strings"
	"testing"
	"tourbillon/internal/booking"

	"tourbillon/internal/words"
)

// TestText_OneSegment holds that what is paid for each is one, with a tour's and
// a meeting point's name of an ordinary length.
func TestText_OneSegment(t *testing.T) {
	everything(t, func(t *testing.T, x words.Example) {
		if m := say(t, words.Embedded(), x.News, booking.ChannelText); words.Segments(m.Body) != 1 || m.Subject+m.HTML+m.Calendar != "" {
			t.Errorf("%d segments: %q", words.Segments(m.Body), m.Body)
		}
	})
}

func TestText_Letters(t *testing.T) {
	for name, c := range map[string]struct{ tour, says string }{
		"typewriter's signs":              {"L’aube – « Vieux-Lyon » …", `L'aube - "Vieux-Lyon" ...`},
		"accents that there are not":      {"Fête du château, œuvre", "Fete du chateau, oeuvre"},
		"accents that there are":          {"Été à Besançon", "Été à Besancon"},
		"a name is shortened":             {strings.Repeat("long ", 20), "Confirmed: long long long long long long lon..., Sun"},
		"what has no Latin letters stays": {"谷中銀座", "谷中銀座, Lyon"},
	} {
		t.Run(name, func(t *testing.T) {
			n := confirmed("en")
			n.Tour.Name = c.tour
			if m := say(t, words.Embedded(), n, booking.ChannelText); !strings.Contains(m.Body, c.says) {
				t.Errorf("%q, want %q", m.Body, c.says)
			}
		})
	}
}

func TestSegments(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 1}, {strings.Repeat("a", 160), 1}, {strings.Repeat("a", 161), 2}, {strings.Repeat("a", 306), 2}, {strings.Repeat("a", 307), 3},
		{strings.Repeat("€", 80), 1}, {strings.Repeat("€", 81), 2},
		{strings.Repeat("ê", 70), 1}, {strings.Repeat("ê", 71), 2}, {strings.Repeat("谷", 135), 3}, {strings.Repeat("🚲", 35), 1}, {strings.Repeat("🚲", 36), 2},
	} {
		if got := words.Segments(c.text); got != c.want {
			t.Errorf("%d letters %.3q...: %d, want %d", len([]rune(c.text)), c.text, got, c.want)
		}
	}
}
