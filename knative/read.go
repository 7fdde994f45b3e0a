package knative

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Read reads the manifests in the files *.yaml and *.yml at the top of fsys,
// as os.DirFS(dir) or [Base], and beside them those of also, as if all were in
// one folder, and fills in what a cluster would. What it does not know, what is out of range, what refers to nothing, and what a broker
// would take and then silently do wrong it refuses, with file and line and
// what to do about it. All complaints are in the one error; it quotes names of
// things and fields and no other value, which may be a secret.
func Read(fsys fs.FS, also ...File) (*Manifests, error) {
	l := &linker{Manifests: &Manifests{sinks: map[Destination]Destination{}}, findings: &findings{}, unread: map[string]bool{}}
	files, err := Files(fsys)
	if err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	for _, f := range slices.Concat(files, also) {
		l.read(f.Name, f.Text)
	}
	l.link()
	if err := l.err(); err != nil {
		return nil, err
	}
	l.Unused = l.notes()
	return l.Manifests, nil
}

// File is one file of manifests. Its name is what complaints call it.
type File struct {
	Name string
	Text []byte
}

// Files are the files *.yaml and *.yml at the top of fsys, of which there must
// be one.
func Files(fsys fs.FS) ([]File, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var files []File
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		text, err := fs.ReadFile(fsys, e.Name())
		if err != nil {
			return nil, err
		}
		files = append(files, File{e.Name(), text})
	}
	if len(files) == 0 {
		return nil, errors.New("there is no file *.yaml or *.yml")
	}
	return files, nil
}

// read reads the documents of one file, up to one that is not YAML.
func (l *linker) read(file string, text []byte) {
	for docs := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var n yaml.Node
		err := docs.Decode(&n)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			line, why := Syntax(err)
			l.complain(file, line, "not YAML: %s", why)
			return
		}
		if len(n.Content) == 1 && n.Content[0].ShortTag() != "!!null" {
			l.document(file, n.Content[0])
		}
	}
}

var (
	syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	quoted     = regexp.MustCompile(`'[^']*'|"[^"]*"|` + "`[^`]*`")
)

// Syntax takes the YAML parser's error apart: the line, from 1, and why, without
// what it quotes of the file, which may be a secret.
func Syntax(err error) (line int, why string) {
	why = err.Error()
	if m := syntaxLine.FindStringSubmatch(why); m != nil {
		line, _ = strconv.Atoi(m[1])
		why = strings.TrimPrefix(why, m[0])
	}
	return max(line, 1), quoted.ReplaceAllString(why, "...")
}

// document reads one manifest.
func (l *linker) document(file string, n *yaml.Node) {
	d := &document{findings: l.findings, file: file, line: n.Line, lines: map[string]int{}}
	if n.Kind != yaml.MappingNode {
		d.complain("", "a manifest is a mapping of fields")
		return
	}
	for i := 0; i < len(n.Content); i += 2 {
		d.lines[n.Content[i].Value] = n.Content[i].Line
	}
	version, kind := scalarAt(n, "apiVersion"), scalarAt(n, "kind")
	d.kind, d.name = kind, scalarAt(n, "metadata", "name")
	if passedOver[version+" "+kind] {
		d.idle("")
		return
	}
	known, ok := kinds[version+" "+kind]
	if !ok {
		d.unknown(version, kind)
		l.unread[kind+" "+d.name] = true
		return
	}
	t := known()
	t.top().document = d
	d.decode(n, reflect.ValueOf(t).Elem(), "")
	t.check()
	l.things = append(l.things, t)
}

// unknown says what is wrong with a kind, as well as it can.
func (d *document) unknown(version, kind string) {
	var all []string
	for _, known := range slices.Sorted(maps.Keys(kinds)) {
		v, k, _ := strings.Cut(known, " ")
		if k == kind && version != "" {
			d.complain("apiVersion", "write %s", v)
			return
		}
		all = append(all, k)
	}
	switch {
	case kind == "":
		d.complain("kind", "is missing")
	case version == "":
		d.complain("apiVersion", "is missing")
	default:
		slices.Sort(all)
		d.complain("kind", "the runner knows %s; leave others to a folder of their own", strings.Join(all, ", "))
	}
}

// scalarAt is the text at a path of keys, "" where there is none.
func scalarAt(n *yaml.Node, keys ...string) string {
	if len(keys) == 0 {
		return n.Value
	}
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if n.Content[i].Value == keys[0] {
			return scalarAt(n.Content[i+1], keys[1:]...)
		}
	}
	return ""
}
