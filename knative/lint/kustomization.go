package lint

import (
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The rules of what a kustomization names.
var (
	absent = Rule{
		Name: "kustomization-absent", Severity: Error,
		About: "a kustomization that names a file that is not there",
		Why:   "kustomize makes nothing of the folder.",
	}
	remote = Rule{
		Name: "kustomization-remote", Severity: Warning,
		About: "a kustomization that names something elsewhere",
		Why:   "Nothing is fetched: it was not looked at.",
	}
	unlisted = Rule{
		Name: "kustomization-unlisted", Severity: Warning,
		About: "manifests beside a kustomization that does not name their file",
		Why:   "kustomize does not apply them, and tourbillon up -f runs them.",
	}
	unapplied = Rule{
		Name: "kustomization-not-applied", Severity: Warning,
		About: "a kustomization that changes what it is made of",
		Why:   "The resources were looked at as they are in the files: what patches, generators and prefixes make of them was not.",
	}
)

// Gap is something that a kustomization names and that was not read.
type Gap struct {
	Line   int
	Name   string
	Remote bool // it is not among files
}

// kustomizations are the names of the file that says what a folder is made of.
var kustomizations = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// kustomization reads what a folder is made of. It reports whether the file
// says that.
func (g *gatherer) kustomization(dir, file string) (bool, error) {
	if err := g.path(file, true); err != nil {
		return false, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	var n yaml.Node
	if yaml.Unmarshal(text, &n) != nil || len(n.Content) == 0 {
		return false, nil // reading it again says so
	}
	top := field{n.Content[0], 1}
	top.each(func(_ string, f field) {
		_, path, found := strings.Cut(f.text(), "=") // files of a generator
		if !found {
			path = f.text()
		}
		if whole, err := filepath.Abs(filepath.Join(dir, filepath.FromSlash(path))); err == nil {
			g.named[whole] = true
		}
	})
	var gaps []Gap
	for _, key := range []string{"resources", "bases", "components"} {
		for _, item := range top.at(key).items() {
			path := filepath.Join(dir, filepath.FromSlash(item.text()))
			if _, err := os.Stat(path); err != nil || item.text() == "" {
				gaps = append(gaps, Gap{item.line, item.text(), isRemote(item.text())})
				continue
			}
			if err := g.path(path, true); err != nil {
				return false, err
			}
		}
	}
	for i := range g.files {
		if g.files[i].Name == filepath.ToSlash(file) {
			g.files[i].Gaps = gaps
		}
	}
	return true, g.look(dir)
}

// isRemote reports whether kustomize fetches what is called so.
func isRemote(name string) bool {
	host, _, below := strings.Cut(name, "/")
	return strings.Contains(name, "://") || strings.Contains(name, "?ref=") || strings.HasPrefix(name, "git@") ||
		below && strings.Contains(strings.TrimLeft(host, "."), ".")
}

// look notes the files at the top of a folder, which the runner reads.
func (g *gatherer) look(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); e.Type().IsRegular() && (ext == ".yaml" || ext == ".yml") {
			g.beside = append(g.beside, filepath.Join(dir, e.Name()))
		}
	}
	return nil
}

// unlisted reads what lies beside kustomizations and is named by none.
func (g *gatherer) unlisted() error {
	for _, path := range g.beside {
		whole, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		before := len(g.files)
		if g.named[whole] || g.seen[whole] {
			continue
		}
		if err := g.path(path, true); err != nil {
			return err
		}
		for i := before; i < len(g.files); i++ {
			g.files[i].Unlisted = true
		}
	}
	return nil
}

// gaps complains of what a kustomization names and that was not read.
func (r *reader) gaps(f File) {
	for _, gap := range f.Gaps {
		if gap.Remote {
			r.report(remote, f.Name, gap.Line, "look at it once it is built: kustomize build | tourbillon lint -f -", "a resource is elsewhere, and was not read")
			continue
		}
		r.report(absent, f.Name, gap.Line, "mend the name, or leave it out", "there is no "+gap.Name)
	}
}
