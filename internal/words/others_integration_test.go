//go:build integration

package words_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"tourbillon/internal/booking"

	"tourbillon/internal/words"
)

// TestOthersCanReadIt gives every mail to html-validate, and every invitation to
// ical.js, which is Thunderbird's.
func TestOthersCanReadIt(t *testing.T) {
	folder, mails := t.TempDir(), t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/node")); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v (node 20.19 or later and npm are needed)\n%s", err, out)
	}
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(mails, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	invited := map[string]words.Example{}
	everything(t, func(t *testing.T, x words.Example) {
		name := x.Template + "." + x.Label + "." + x.Customer.Locale
		m := say(t, words.Embedded(), x.News, booking.ChannelMail)
		put(name+".html", m.HTML)
		if m.Calendar != "" {
			put(name+".ics", m.Calendar)
			invited[name+".ics"] = x
		}
	})
	node := exec.CommandContext(t.Context(), "node", "check.mjs", mails)
	node.Dir, node.Stderr = folder, os.Stderr
	out, err := node.Output()
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for line := range strings.Lines(string(out)) {
		var is struct {
			Name, Method, UID, Summary, Location string
			Wrong                                []string
			Start                                time.Time
		}
		if err := json.Unmarshal([]byte(line), &is); err != nil {
			t.Fatal(err)
		}
		read++
		for _, wrong := range is.Wrong {
			t.Errorf("%s: %s", is.Name, wrong)
		}
		x, ok := invited[is.Name]
		if !ok {
			continue
		}
		delete(invited, is.Name)
		if b := x.Booking; is.UID != b.ID || !is.Start.Equal(b.StartsAt) || !strings.HasPrefix(is.Summary, x.Tour.Name) || !strings.HasPrefix(is.Location, x.Tour.MeetingPoint) || (is.Method == "CANCEL") != x.Confirmed {
			t.Errorf("%s is read as %+v", is.Name, is)
		}
	}
	if len(invited) > 0 || read < 2*len(words.Examples()) {
		t.Errorf("read %d, and not %v", read, invited)
	}
}
