package request

import (
	"os"
	"strings"
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

// Said reports of a phrase whether it is in the template or in the code.
func Said() func(name string) bool {
	var text strings.Builder
	for _, name := range []string{"page.html.tmpl", "page.go", "form.go", "unsubscribe.go", "zones.go"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		text.Write(raw)
	}
	return func(name string) bool {
		stem, rest, _ := strings.Cut(name, ".")
		switch stem {
		case "category", "hint", "stopped":
			return rest != ""
		case "mail", "text", "push", "lost", "later", "broken", "wrong":
			return true
		}
		return strings.Contains(text.String(), `"`+name+`"`)
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
