package words

import (
	"cmp"
	"errors"
	"fmt"
	html "html/template"
	"io/fs"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode"
)

// The layouts' files.
const (
	layoutHTML = "layout.html.tmpl"
	layoutText = "layout.text.tmpl"
)

// parts are the templates of every message: its sentences.
var parts = []string{"subject", "title", "summary", "lead", "facts", "after", "text"}

// reader reads the files, and keeps all that is wrong with them.
type reader struct {
	over  fs.FS
	words *Words
	wrong []error
}

// read reads the embedded files, and over where there is one. What cannot be
// read there is as it is embedded.
func read(over fs.FS) (*Words, []error) {
	r := &reader{over: over, words: &Words{said: make(map[string][]*template.Template)}}
	r.list()
	for _, v := range voices {
		common := template.New("").Funcs(v.funcs()).Option("missingkey=error")
		r.define(common, "shared."+v.tag.String()+".tmpl")
		for _, k := range kinds {
			t := template.Must(common.Clone()) // it has not been executed
			r.define(t, k.name+"."+v.tag.String()+".tmpl")
			r.words.said[k.name] = append(r.words.said[k.name], t)
		}
	}
	r.words.text = layout(r, layoutText, func(text string) (*template.Template, error) {
		return template.New(layoutText).Option("missingkey=error").Parse(text)
	})
	r.words.html = layout(r, layoutHTML, func(text string) (*html.Template, error) {
		return html.New(layoutHTML).Funcs(html.FuncMap{"outlook": outlook}).Option("missingkey=error").Parse(text)
	})
	return r.words, r.wrong
}

// layout is a layout: that of over, or else the embedded one.
func layout[T any](r *reader, name string, parse func(string) (T, error)) T {
	if slices.Contains(r.words.over, name) {
		t, err := parse(r.file(name))
		if err == nil {
			return t
		}
		r.say(err)
	}
	t, err := parse(own(name))
	if err != nil {
		panic(err) // it is embedded
	}
	return t
}

// own is an embedded file.
func own(name string) string {
	raw, err := embedded.ReadFile("templates/" + name)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// complaint is all that is wrong as one error, by file.
func complaint(wrong []error) error {
	slices.SortStableFunc(wrong, func(a, b error) int {
		one, _, _ := strings.Cut(a.Error(), ":")
		other, _, _ := strings.Cut(b.Error(), ":")
		return cmp.Compare(one, other)
	})
	return errors.Join(wrong...)
}

// funcs are what templates can call, besides what they always can.
func (v voice) funcs() template.FuncMap {
	return template.FuncMap{"plural": v.plural, "clip": clip}
}

// list looks what is in over. Names that begin with a dot are not ours: a
// Kubernetes ConfigMap is mounted beside such.
func (r *reader) list() {
	if r.over == nil {
		return
	}
	entries, err := fs.ReadDir(r.over, ".")
	if err != nil {
		r.wrong = append(r.wrong, fmt.Errorf("the folder of templates: %w", err))
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if _, err := fs.Stat(embedded, "templates/"+e.Name()); err != nil {
			r.wrong = append(r.wrong, fmt.Errorf("%s: no template is in a file of this name: see tourbillon notify ls", e.Name()))
			continue
		}
		r.words.over = append(r.words.over, e.Name())
	}
}

// file is the text of a file of over.
func (r *reader) file(name string) string {
	raw, err := fs.ReadFile(r.over, name)
	if err != nil {
		r.wrong = append(r.wrong, fmt.Errorf("%s: %w", name, err))
	}
	return string(raw)
}

// define adds to t what a file of sentences defines, and over what is embedded
// what stands in its place.
func (r *reader) define(t *template.Template, name string) {
	known := r.parse(name, own(name))
	r.add(t, known, nil)
	if !slices.Contains(r.words.over, name) {
		return
	}
	text := r.file(name)
	over := r.parse(name, text)
	r.add(t, over, known)
	for _, file := range over {
		if file.Name() == name {
			r.loose(file, text)
		}
	}
}

// add adds templates to t. Where only those that are known can be defined,
// another is a slip of the pen.
func (r *reader) add(t *template.Template, defined, known []*template.Template) {
	for _, d := range defined {
		if d.Name() == d.ParseName {
			continue // the file itself
		}
		if known != nil && !slices.ContainsFunc(known, func(k *template.Template) bool { return k.Name() == d.Name() }) {
			at, _ := d.ErrorContext(d.Root)
			r.wrong = append(r.wrong, fmt.Errorf("%s: %q is no template of this file: there are %s", at, d.Name(), names(known)))
			continue
		}
		if _, err := t.AddParseTree(d.Name(), d.Tree); err != nil {
			r.say(err)
		}
	}
}

// loose complains of text that is in no template.
func (r *reader) loose(file *template.Template, text string) {
	for _, n := range file.Root.Nodes {
		if parse.IsEmptyTree(n) {
			continue
		}
		rest := text[n.Position():]
		at := len(text) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
		r.wrong = append(r.wrong, fmt.Errorf("%s:%d: this is in no {{define}}, and so in no message", file.Name(), 1+strings.Count(text[:at], "\n")))
		return
	}
}

// parse parses a file of sentences by itself.
func (r *reader) parse(name, text string) []*template.Template {
	alone, err := template.New(name).Funcs(voices[0].funcs()).Parse(text)
	if err != nil {
		r.say(err)
		return nil
	}
	return alone.Templates()
}

// say keeps a complaint of package template.
func (r *reader) say(err error) { r.wrong = append(r.wrong, errors.New(plain(err))) }

func names(of []*template.Template) string {
	var all []string
	for _, t := range of {
		if t.Name() != t.ParseName {
			all = append(all, t.Name())
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
