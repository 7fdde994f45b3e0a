package lint

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"tourbillon/knative"
)

// File is one file of manifests. Its name is what findings call it.
type File struct {
	Name string
	Text []byte

	Unlisted bool  // the kustomization of its folder does not name it
	Gaps     []Gap // of a kustomization: what it names and was not read
}

// The rules of reading itself.
var (
	notYAML = Rule{
		Name: "not-yaml", Severity: Error,
		About: "a file that is not YAML",
		Why:   "Nothing after that place was read, and a cluster takes none of it.",
	}
	notManifest = Rule{
		Name: "not-a-manifest", Severity: Warning,
		About: "a document that is no manifest",
		Why:   "It was not looked at; kubectl refuses it.",
	}
	twice = Rule{
		Name: "field-twice", Severity: Error,
		About: "a field that is there twice",
		Why:   "Of two fields of one name a cluster takes the last, or refuses both: whoever reads the first is misled.",
	}
)

// reader reads files into a set, and says what cannot be read.
type reader struct {
	set
	found   []Finding
	allowed []allowance // of the file under way
}

func (r *reader) report(rule Rule, file string, line int, instead, what string) {
	if allows(r.allowed, rule.Name, line) {
		return
	}
	r.found = append(r.found, Finding{
		File: file, Line: max(line, 1), Severity: rule.Severity, Rule: rule.Name, What: what, Why: rule.Why, Instead: instead,
	})
}

// read reads the documents of one file, up to one that is not YAML.
func (r *reader) read(f File) {
	r.allowed = allowances(f.Text)
	r.gaps(f)
	for docs := yaml.NewDecoder(bytes.NewReader(f.Text)); ; {
		var n yaml.Node
		err := docs.Decode(&n)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			line, why := knative.Syntax(err)
			r.report(notYAML, f.Name, line, "mend it; render a template first (helm template ... | tourbillon lint -f -)", why)
			return
		}
		if len(n.Content) == 1 && plain(n.Content[0]) != nil {
			before, line := len(r.objects), n.Content[0].Line
			r.document(f.Name, field{n.Content[0], line})
			if f.Unlisted && len(r.objects) > before {
				r.report(unlisted, f.Name, line, "name it under resources, or put it into a folder of its own", "the kustomization beside it does not name this file")
				f.Unlisted = false // it is said
			}
		}
	}
}

// document reads one manifest, or a List of them.
func (r *reader) document(file string, f field) {
	kind, version := f.at("kind").text(), f.at("apiVersion").text()
	switch {
	case slices.Contains(kustomizations, path.Base(file)), strings.HasPrefix(version, "kustomize.config.k8s.io/"):
		r.kustomization(file, f)
		return
	case kind == "" && version == "": // a patch, or another program's
		return
	case kind == "" || version == "":
		r.report(notManifest, file, f.line, cmp.Or(completed(kind), "write both"), "the document has no kind, or no apiVersion")
		return
	case strings.HasSuffix(kind, "List") && f.at("items").is():
		for _, item := range f.at("items").items() {
			if n := plain(item.node); n != nil {
				r.document(file, field{n, item.line})
			}
		}
		return
	}
	r.unique(file, f.node)
	metadata := f.at("metadata")
	r.add(&object{
		field: f, file: file, group: groupOf(f.at("apiVersion").text()), kind: kind,
		namespace: metadata.at("namespace").text(), name: metadata.at("name").text(), allowed: r.allowed,
	})
}

// kustomization complains of one that does more than to gather.
func (r *reader) kustomization(file string, f field) {
	for _, key := range []string{
		"patches", "patchesStrategicMerge", "patchesJson6902", "configMapGenerator", "secretGenerator", "generators",
		"transformers", "components", "replacements", "namePrefix", "nameSuffix", "helmCharts",
	} {
		if at := f.at(key); at.is() {
			r.report(unapplied, file, at.line, "apply it first: kustomize build "+path.Dir(file)+" | tourbillon lint -f -", key+" were not applied")
			return
		}
	}
}

// unique complains of keys that a mapping has twice.
func (r *reader) unique(file string, n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if seen[key.Value] && key.Value != "<<" {
				r.report(twice, file, key.Line, "leave one of them out", "field "+key.Value+" is there twice")
			}
			seen[key.Value] = true
		}
	}
	for _, below := range n.Content {
		r.unique(file, below)
	}
}
