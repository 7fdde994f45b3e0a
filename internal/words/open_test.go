package words_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"tourbillon/internal/booking"

	"tourbillon/internal/words"
)

func folder(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

func TestOpen(t *testing.T) {
	t.Run("what is defined stands over what is embedded, and nothing else does", func(t *testing.T) {
		w, err := words.Open(folder(
			"booking.confirmed.fr.tmpl", `{{define "subject"}}C’est réservé{{template "of" .}}{{end}}`,
			"shared.en.tmpl", `{{define "brand"}}Lyon on Foot{{end}}`,
			"..2026_05_02", "a Kubernetes ConfigMap's own",
		))
		if err != nil {
			t.Fatal(err)
		}
		if m := say(t, w, confirmed("fr"), booking.ChannelMail); m.Subject != "C’est réservé\u00a0: Old Town and its traboules, Lyon" || !strings.Contains(m.Body, "Merci") {
			t.Errorf("%+v", m)
		}
		m := say(t, w, confirmed("en"), booking.ChannelMail)
		if !strings.Contains(m.HTML, "Lyon on Foot") || !strings.Contains(m.Body, "Your Lyon on Foot team") || strings.Contains(m.HTML, "Tourbillon") {
			t.Errorf("%s\n%s", m.Body, m.HTML)
		}
		for _, is := range w.Templates() {
			want := "shared.en.tmpl"
			if is.Name == "booking.confirmed" {
				want = "booking.confirmed.fr.tmpl shared.en.tmpl"
			}
			if got := strings.Join(is.Overridden, " "); got != want {
				t.Errorf("%s is overridden by %q, want %q", is.Name, got, want)
			}
		}
	})
	t.Run("a layout is another", func(t *testing.T) {
		w, err := words.Open(folder("layout.html.tmpl", `<p>{{.Title}}{{range .Facts}}|{{.Value}}{{end}}</p>`, "layout.text.tmpl", `{{.Title}}!`))
		if err != nil {
			t.Fatal(err)
		}
		if m := say(t, w, confirmed("en"), booking.ChannelMail); !strings.HasPrefix(m.HTML, "<p>Your booking is confirmed|Old Town") || m.Body != "Your booking is confirmed!\n" {
			t.Errorf("%s\n%s", m.HTML, m.Body)
		}
	})
	t.Run("a real folder is one", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "shared.en.tmpl"), []byte(`{{define "brand"}}Here{{end}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := words.Open(os.DirFS(dir)); err != nil {
			t.Error(err)
		}
		if _, err := words.Open(os.DirFS(filepath.Join(dir, "nowhere"))); err == nil {
			t.Error("a folder that is not there")
		}
	})
}

// TestOpen_Complaints holds that all that is wrong is told at once, and where.
func TestOpen_Complaints(t *testing.T) {
	_, err := words.Open(folder(
		"booking.confirmed.fr.tmpl", "{{define \"subject\"}}{{.Nmae}}{{end}}\n{{define \"sbuject\"}}Oui{{end}}\nRéservé !",
		"booking.cancelled.en.tmpl", "{{define \"lead\"}}\n{{if .Reason}}never closed{{end}}",
		"shared.fr.tmpl", "\n{{define \"signature\"}}{{shout .Name}}{{end}}",
		"layout.text.tmpl", "{{range}}",
		"booking.confirmed.de.tmpl", "Hallo",
		"README.md", "read me",
	))
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	got := err.Error()
	for _, want := range []string{
		`booking.confirmed.fr.tmpl:1:22: executing "subject" at <.Nmae>`,
		`booking.confirmed.fr.tmpl:2:20: "sbuject" is no template of this file: there are after, facts, lead, subject, summary, text, title`,
		"booking.confirmed.fr.tmpl:3: this is in no {{define}}",
		"booking.cancelled.en.tmpl:2: unexpected EOF",
		`shared.fr.tmpl:2: function "shout" not defined`,
		"layout.text.tmpl:1: missing value for range",
		"booking.confirmed.de.tmpl: no template is in a file of this name",
		"README.md: no template",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("nothing is said of %q:\n%s", want, got)
		}
	}
}

// TestOpen_Tried is of what is seen only when something is said.
func TestOpen_Tried(t *testing.T) {
	_, err := words.Open(folder(
		"booking.confirmed.fr.tmpl", `{{define "subject"}}{{.Nmae}}{{end}}`,
		"booking.cancelled.fr.tmpl", "{{define \"facts\"}}\nPlaces restantes\n{{end}}",
		"booking.expired.en.tmpl", `{{define "title"}}{{if not .Amount}}Expired{{end}}{{end}}`,
		"booking.expired.fr.tmpl", `{{define "lead"}}{{template "nowhere" .}}{{end}}`,
		"shared.en.tmpl", `{{define "why"}}{{.Reference.Deep}}{{end}}`,
		"layout.html.tmpl", "<p>\n{{.Titel}}</p>",
	))
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	got := err.Error()
	for _, want := range []string{
		`booking.confirmed.fr.tmpl:1:22: executing "subject" at <.Nmae>: can't evaluate field Nmae: there are .Template, `,
		`booking.cancelled.fr.tmpl:1:18: "facts" has the line "Places restantes", which is not of the form "Label: value"`,
		`booking.expired.en.tmpl:1:18: "title" says nothing, as in the example refunded`,
		`booking.expired.fr.tmpl:1:28: executing "lead" at <{{template "nowhere" .}}>: template "nowhere" not defined`,
		`shared.en.tmpl:1:28: executing "why" at <.Reference.Deep>`,
		`layout.html.tmpl:2:2: executing "layout.html.tmpl" at <.Titel>: can't evaluate field Titel: there are .Template, `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("nothing is said of %q:\n%s", want, got)
		}
	}
	if strings.Count(got, "Places restantes") != 1 || strings.Count(got, "Nmae>") != 1 || strings.Count(got, "<.Reference.Deep>") != 1 {
		t.Errorf("something is said twice:\n%s", got)
	}
	if strings.Contains(got, "Camille") {
		t.Errorf("it names a customer:\n%s", got)
	}
}
