package words

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// alphabet is that of text messages, GSM 03.38: 160 of its letters fit into one
// segment, of which a letter of the extension counts for two. A text with any
// other letter has 70 to a segment.
const (
	alphabet  = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extension = "^{}\\[~]|€"
)

// typed are signs as a typewriter has them.
var typed = strings.NewReplacer(
	"’", "'", "‘", "'", "“", `"`, "”", `"`, "«\u00a0", `"`, "\u00a0»", `"`, "« ", `"`, " »", `"`, "«", `"`, "»", `"`,
	"–", "-", "—", "-", "…", "...", "\u00a0", " ", "\u202f", " ", "œ", "oe", "Œ", "OE",
)

// gsm writes a text in that alphabet, by leaving off accents that it lacks. One
// that cannot be is left with its own letters.
func gsm(text string) string {
	text = typed.Replace(text)
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(alphabet, r) || strings.ContainsRune(extension, r) {
			b.WriteRune(r)
			continue
		}
		bare := strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFD.String(string(r)))
		for _, r := range bare {
			if !strings.ContainsRune(alphabet, r) {
				return text
			}
		}
		b.WriteString(bare)
	}
	return b.String()
}

// Segments is how many text messages a text is sent as, and paid for.
func Segments(text string) int {
	letters, one, many := 0, 160, 153
	for _, r := range text {
		switch {
		case strings.ContainsRune(alphabet, r):
			letters++
		case strings.ContainsRune(extension, r):
			letters += 2
		default:
			letters, one, many = len(utf16.Encode([]rune(text))), 70, 67
			if letters <= one {
				return 1
			}
			return (letters + many - 1) / many
		}
	}
	if letters <= one {
		return 1
	}
	return (letters + many - 1) / many
}

// clip shortens a name to n letters.
func clip(n int, name string) string {
	if letters := []rune(name); len(letters) > n {
		return strings.TrimRight(string(letters[:n-3]), " ,;:.-") + "..."
	}
	return name
}
