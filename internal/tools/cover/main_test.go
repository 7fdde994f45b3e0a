package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const profile = `mode: atomic
tourbillon/saga/a.go:1.1,2.2 3 0
tourbillon/saga/a.go:3.1,4.2 1 0
tourbillon/events/a.go:1.1,2.2 9 1
tourbillon/events/a.go:3.1,4.2 1 0
tourbillon/events/memory/a.go:3.1,4.2 5 0
tourbillon/saga/a.go:1.1,2.2 3 7
tourbillon/saga/a.go:1.1,2.2 3 0
`

func TestReport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cover.out")
	if err := os.WriteFile(file, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		packages []string
		floor    float64
		want     string
	}{
		"just enough":           {[]string{"./events"}, 90, ""},
		"too little":            {[]string{"./events"}, 90.1, "below 90.1 %: events"},
		"ran in one binary":     {[]string{"./saga"}, 75, ""},
		"one of two too little": {[]string{"./events", "./saga"}, 80, "below 80 %: saga"},
		"not in the profile":    {[]string{"./internal/arrow"}, 1, "below 1 %: internal/arrow"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := report(&out, file, c.packages, c.floor)
			if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if strings.Count(out.String(), "\n") != len(c.packages) {
				t.Errorf("printed %q, want a line per package", out.String())
			}
		})
	}
}

func TestReport_RefusesWhatIsNoProfile(t *testing.T) {
	for _, text := range []string{"one two\n", "a.go:1.1,2.2 many 1\n"} {
		if _, err := read(strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if err := report(&bytes.Buffer{}, filepath.Join(t.TempDir(), "none"), []string{"saga"}, 1); err == nil {
		t.Error("a profile that is not there is taken")
	}
}
