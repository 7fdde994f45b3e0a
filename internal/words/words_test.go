package words_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/words"
)

var update = flag.Bool("update", false, "write the golden files")

var locales = []string{"en", "fr"}

// say words news, or ends the test.
func say(t *testing.T, w *words.Words, n words.News, channel string) record.Message {
	t.Helper()
	m, err := w.Say(n, channel)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// everything calls do with every example in every language.
func everything(t *testing.T, do func(t *testing.T, x words.Example)) {
	for _, x := range words.Examples() {
		for _, locale := range locales {
			x.Customer.Locale = locale
			t.Run(x.Template+"/"+x.Label+"/"+locale, func(t *testing.T) { do(t, x) })
		}
	}
}

// confirmed is the first example.
func confirmed(locale string) words.News {
	n := words.Examples()[0].News
	n.Customer.Locale = locale
	return n
}

func TestEverythingCanBeSaid(t *testing.T) {
	w, err := words.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if no := diff.Diff(words.Embedded().Templates(), w.Templates()); no != "" {
		t.Error(no)
	}
	examples := words.Examples()
	for _, is := range w.Templates() {
		if !slices.ContainsFunc(examples, func(x words.Example) bool { return x.Template == is.Name }) {
			t.Errorf("%s has no example", is.Name)
		}
		if is.Category != booking.CategoryOf(is.Name) || is.Category == "" || !slices.Equal(is.Locales, locales) || is.Overridden != nil {
			t.Errorf("%+v", is)
		}
		if _, ok := events.Lookup(events.Name(is.Name)); !ok {
			t.Errorf("%s is no fact", is.Name)
		}
	}
	for _, s := range []booking.Status{booking.StatusCancelled, booking.StatusConfirmed, booking.StatusExpired, booking.StatusRejected} {
		if !slices.ContainsFunc(w.Templates(), func(r record.Template) bool { return r.Name == events.Occurrence(s) }) {
			t.Errorf("%s has no words", s)
		}
	}
}

func TestGolden(t *testing.T) {
	var written, htmlOf []string
	everything(t, func(t *testing.T, x words.Example) {
		m, text, push := say(t, words.Embedded(), x.News, booking.ChannelMail), say(t, words.Embedded(), x.News, booking.ChannelText), say(t, words.Embedded(), x.News, booking.ChannelPush)
		all := fmt.Sprintf("Subject: %s\n\n%s\n== text\n%s\n== push\n%s\n%s\n", m.Subject, m.Body, text.Body, push.Subject, push.Body)
		if m.Calendar != "" {
			all += "== calendar\n" + strings.ReplaceAll(m.Calendar, "\r\n", "\n")
		}
		name := x.Template + "." + m.Locale
		if !slices.Contains(htmlOf, name) { // of one example, for the others differ in their sentences
			htmlOf = append(htmlOf, name)
			golden(t, name+".html", m.HTML)
			written = append(written, name+".html")
		}
		name = x.Template + "." + x.Label + "." + m.Locale + ".txt"
		golden(t, name, all)
		written = append(written, name)
	})
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(written, filepath.Base(f)) {
			t.Errorf("%s is of no example", f)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s: run with -update if this is better:\n%s", path, got)
	}
}

var (
	hidden = regexp.MustCompile(`(?s)<head>.*</head>|<div style="display:none.*?</div>`)
	tag    = regexp.MustCompile(`<[^>]*>`)
	href   = regexp.MustCompile(`href="([^"]*)"`)
)

// seen are the texts that a reader of the HTML sees, and where it leads.
func seen(page string) (all []string) {
	page = hidden.ReplaceAllString(page, "")
	for _, m := range href.FindAllStringSubmatch(page, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	for _, piece := range strings.Split(tag.ReplaceAllString(page, "\x00"), "\x00") {
		if piece = strings.TrimSpace(html.UnescapeString(piece)); piece != "" {
			all = append(all, piece)
		}
	}
	return all
}

// TestBothPartsSayTheSame looks for every line of a mail's text in its HTML,
// and for every text of its HTML in its text.
func TestBothPartsSayTheSame(t *testing.T) {
	everything(t, func(t *testing.T, x words.Example) {
		m := say(t, words.Embedded(), x.News, booking.ChannelMail)
		inHTML := seen(m.HTML)
		longest := slices.SortedFunc(slices.Values(inHTML), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
		for line := range strings.Lines(m.Body) {
			rest := strings.TrimSpace(line)
			for _, piece := range longest {
				rest = strings.Replace(rest, piece, "", 1)
			}
			if left := strings.Trim(rest, " \u00a0:<>-"); left != "" {
				t.Errorf("the HTML does not say %q of %q", left, line)
			}
		}
		for _, piece := range inHTML {
			if !strings.Contains(m.Body, piece) && !strings.HasPrefix(m.Subject, piece) && piece != "Tourbillon" && !strings.Contains(m.HTML, `">`+html.EscapeString(piece)+"</h1>") {
				t.Errorf("the text does not say %q", piece)
			}
		}
		b := x.Booking
		for _, fact := range []string{b.ID, x.Tour.Name, x.Tour.MeetingPoint, x.Links.Booking, x.Links.Unsubscribe} {
			if !strings.Contains(m.Body, fact) || !slices.ContainsFunc(inHTML, func(s string) bool { return strings.Contains(s, fact) }) {
				t.Errorf("not both say %q", fact)
			}
		}
	})
	for locale, facts := range map[string][]string{
		"en": {"2", "Sunday 14 June 2026 at 09:00", "1,234.50\u00a0EUR", "Place Saint-Jean, by the fountain", confirmed("").Booking.ID},
		"fr": {"2", "dimanche 14 juin 2026 à 09h00", "1\u00a0234,50\u00a0EUR", "Place Saint-Jean, by the fountain", confirmed("").Booking.ID},
	} {
		m := say(t, words.Embedded(), confirmed(locale), booking.ChannelMail)
		for _, fact := range facts {
			if !strings.Contains(m.Body, ": "+fact+"\n") || !slices.Contains(seen(m.HTML), fact) {
				t.Errorf("%s: not both say %q", locale, fact)
			}
		}
	}
}

func TestSay(t *testing.T) {
	for _, c := range []struct {
		name, locale string
		change       func(*words.News)
		speaks, has  string
	}{
		{"a language that we do not speak is English", "tlh", nil, "en", "Hello Camille"},
		{"no language is English", "", nil, "en", "Hello Camille"},
		{"nor is what is none", "%%", nil, "en", "Hello Camille"},
		{"French is French, wherever it is spoken", "fr-CA", nil, "fr", "Bonjour Camille"},
		{"yen have no decimals", "en", func(n *words.News) { n.Booking.Price = booking.Money{Amount: 9000, Currency: "JPY"} }, "en", "Paid: 9,000\u00a0JPY\n"},
		{"dinars have three", "en", func(n *words.News) { n.Booking.Price = booking.Money{Amount: 9000, Currency: "KWD"} }, "en", "Paid: 9.000\u00a0KWD\n"},
		{"a currency that nobody knows is not told", "en", func(n *words.News) { n.Booking.Price.Currency = "QQQ" }, "en", "Seats: 2\nReference"},
		{"one seat is one", "en", func(n *words.News) { n.Booking.Seats = 1 }, "en", "your seat is booked"},
		{"no seat is as many in English", "en", func(n *words.News) { n.Booking.Seats = 0 }, "en", "your seats are booked"},
		{"and one in French", "fr", func(n *words.News) { n.Booking.Seats = 0 }, "fr", "votre place est réservée"},
		{"the time is the departure's", "en", func(n *words.News) { n.Booking.TimeZone = "Asia/Tokyo" }, "en", "When: Sunday 14 June 2026 at 16:00\n"},
		{"and its date, too", "fr", func(n *words.News) {
			n.Booking.StartsAt = time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC)
		}, "fr", "Date\u00a0: mercredi 1er avril 2026 à 01h30\n"},
		{"a zone that nobody knows is UTC, and says so", "en", func(n *words.News) { n.Booking.TimeZone = "Moon/Tranquility" }, "en", "at 07:00 UTC\n"},
		{"who has no name is greeted all the same", "en", func(n *words.News) { n.Customer.Name = "" }, "en", "Hello,\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := confirmed(c.locale)
			if c.change != nil {
				c.change(&n)
			}
			if m := say(t, words.Embedded(), n, booking.ChannelMail); m.Locale != c.speaks || !strings.Contains(m.Body, c.has) {
				t.Errorf("%s, want %q in\n%s", m.Locale, c.has, m.Body)
			}
		})
	}
	t.Run("what there are no words for is not said", func(t *testing.T) {
		n := confirmed("en")
		if _, err := words.Embedded().Say(n, "pigeon"); err == nil {
			t.Error("by pigeon")
		}
		n.Template = "booking.dreamt"
		if _, err := words.Embedded().Say(n, booking.ChannelMail); err == nil || strings.Contains(err.Error(), "Camille") {
			t.Errorf("got %v", err)
		}
	})
}

// TestStrangersWords says what somebody else chose: it is text, whatever it
// looks like.
// TestSay_UnsubscribesFromWhatCanBeMissed holds that a mail which nobody may miss
// offers no end to them, in no part of it, and every other does.
func TestSay_UnsubscribesFromWhatCanBeMissed(t *testing.T) {
	const at = "https://book.example.com/u/c1b2.interest.k"
	everything(t, func(t *testing.T, x words.Example) {
		x.Links.Unsubscribe = at
		m := say(t, words.Embedded(), x.News, booking.ChannelMail)
		want := !booking.CategoryOf(x.Template).Rule().Critical
		if (m.Unsubscribe == at) != want || strings.Contains(m.Body, at) != want || strings.Contains(m.HTML, at) != want || !want && m.Unsubscribe != "" {
			t.Errorf("unsubscribes at %q:\n%s", m.Unsubscribe, m.Body)
		}
	})
}

func TestStrangersWords(t *testing.T) {
	n := confirmed("en")
	n.Customer.Name = `<script>alert(1)</script>`
	n.Tour.Name = "Caf\u00e9 & \"<b>bread</b>\"\r\nBcc: evil@example.com"
	n.Links.Booking = "javascript:alert(1)"
	m := say(t, words.Embedded(), n, booking.ChannelMail)
	if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<b>") || strings.Contains(m.HTML, `"javascript:`) {
		t.Error(m.HTML)
	}
	if !strings.Contains(m.HTML, "Caf\u00e9 &amp; &#34;&lt;b&gt;bread&lt;/b&gt;&#34;") || !strings.Contains(m.Body, `Café & "<b>bread</b>"`) {
		t.Errorf("%s\n%s", m.HTML, m.Body)
	}
	if strings.ContainsAny(m.Subject, "\r\n") || !strings.Contains(m.Subject, `Café & "<b>bread</b>" Bcc`) {
		t.Errorf("%q", m.Subject)
	}
}

func TestSample(t *testing.T) {
	m, err := words.Embedded().Sample("booking.cancelled", "operator", "fr", booking.ChannelPush)
	if err != nil || m.Channel != "push" || m.Subject != "Votre réservation est annulée" || m.Template != "booking.cancelled" || m.Category != booking.CategoryEnding {
		t.Errorf("%+v, %v", m, err)
	}
	for _, c := range [][2]string{{"booking.dreamt", "payment.refunded"}, {"booking.cancelled", "nonsense"}} {
		if _, err := words.Embedded().Sample(c[0], "nonsense", "en", booking.ChannelMail); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}
