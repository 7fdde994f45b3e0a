package request

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"tourbillon/internal/booking"
)

// Routes are all that the door answers, as "GET /tours", and whether each is
// for operators only.
func Routes() map[string]bool {
	all := make(map[string]bool)
	for _, r := range routes() {
		all[r.method+" "+r.path] = r.who == operators
	}
	return all
}

// Phrases are what pages say.
func Phrases() map[string][2]string { return phrases }

// spoken is where pages say something.
func spoken() string {
	var text strings.Builder
	for _, name := range []string{"page.html.tmpl", "page.go", "form.go", "unsubscribe.go", "zones.go"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		text.Write(raw)
	}
	return text.String()
}

// Asked are the phrases that are asked for by their whole names, and those that
// are made of the domain's.
func Asked() (all []string) {
	for _, m := range regexp.MustCompile(`Say(?:\(| )"([a-z.]+)"(?: \+)?`).FindAllStringSubmatch(spoken(), -1) {
		if !strings.HasSuffix(m[0], "+") {
			all = append(all, m[1])
		}
	}
	for _, c := range booking.Categories() {
		all = append(all, "category."+string(c), "hint."+string(c))
	}
	all = append(all, booking.Channels()...)
	return append(all, "stopped."+booking.SuppressedBounce, "stopped."+booking.SuppressedOptOut, "saved", "forgotten")
}

// Said reports of a phrase whether anybody says it.
func Said() func(name string) bool {
	asked, text := Asked(), spoken()
	return func(name string) bool {
		kind, _, _ := strings.Cut(name, ".")
		return slices.Contains(asked, name) || strings.Contains(text, `kind = "`+kind+`"`) || strings.Contains(text, `kind := "`+kind+`"`)
	}
}

// Zones are those that the form offers.
func Zones() (all []string) {
	for _, part := range world {
		for _, at := range part.places {
			all = append(all, at.zone)
		}
	}
	return all
}
