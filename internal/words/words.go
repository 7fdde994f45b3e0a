package words

import (
	"embed"
	html "html/template"
	"io/fs"
	"strings"
	"sync"
	"text/template"

	"tourbillon/internal/record"
)

//go:embed templates/*.tmpl
var embedded embed.FS

// Words is everything that can be said. It does not change: it is safe for
// concurrent use.
type Words struct {
	said map[string][]*template.Template // by kind, in the order of voices
	text *template.Template              // the layout of a mail's text
	html *html.Template                  // and of its HTML
	over []string                        // the files that are not the embedded ones
}

// Embedded is what the program says by itself.
var Embedded = sync.OnceValue(func() *Words {
	w, wrong := read(nil)
	if len(wrong) > 0 {
		panic(complaint(wrong)) // there is a test that nothing is
	}
	return w
})

// Open is [Embedded] with the files of over in place of those of the same name;
// of one with sentences, only the templates that it defines. Everything is tried
// on every example: the error is all that is wrong, one complaint a line, each
// with file and line. What Open returns can say every example.
func Open(over fs.FS) (*Words, error) {
	w, wrong := read(over)
	if wrong = append(wrong, w.check()...); len(wrong) > 0 {
		return nil, complaint(wrong)
	}
	return w, nil
}

// Templates are the messages that can be said, by name.
func (w *Words) Templates() []record.Template {
	var all []record.Template
	for _, k := range kinds {
		t := record.Template{Name: k.name, Category: k.category}
		for _, v := range voices {
			t.Locales = append(t.Locales, v.tag.String())
		}
		for _, file := range w.over {
			if strings.HasPrefix(file, k.name+".") || shared(file) {
				t.Overridden = append(t.Overridden, file)
			}
		}
		all = append(all, t)
	}
	return all
}

// shared reports whether a file is part of every message.
func shared(file string) bool {
	return strings.HasPrefix(file, "shared.") || strings.HasPrefix(file, "layout.")
}
