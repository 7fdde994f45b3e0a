package arch

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	linked = regexp.MustCompile(`\[([^\]]+)\]\(([^)\s]+)\)`)
	span   = regexp.MustCompile("`([A-Za-z0-9_./-]+)`")
	// sourced is a path in this repository that a text names outside a link.
	sourced = regexp.MustCompile(`^(cmd|docs|events|functions|internal|knative|realtime|saga)/[A-Za-z0-9_./-]+\.(go|lua|md|yaml|json|mjs|tmpl)$`)
)

// pagesLead complains of what a page leads to and is not there: a file that it
// links or names, and what it says is in that file. A link's text in code style
// must stand in the file, if that is a source.
func pagesLead(repo fs.FS, pages ...string) (no []string) {
	for _, page := range pages {
		raw, err := fs.ReadFile(repo, page)
		if err != nil {
			no = append(no, err.Error())
			continue
		}
		text := string(raw)
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			to, _, _ := strings.Cut(m[2], "#")
			if strings.Contains(m[2], "://") || to == "" {
				continue
			}
			no = append(no, leads(repo, page, path.Join(path.Dir(page), to), m[1])...)
		}
		for _, m := range span.FindAllStringSubmatch(text, -1) {
			if sourced.MatchString(m[1]) {
				no = append(no, leads(repo, page, m[1], "")...)
			}
		}
	}
	return no
}

func leads(repo fs.FS, page, to, says string) []string {
	info, err := fs.Stat(repo, to)
	if err != nil {
		return []string{fmt.Sprintf("%s leads to %s, which is not there", page, to)}
	}
	word, code := strings.CutPrefix(says, "`")
	word = strings.TrimSuffix(word, "`")
	if info.IsDir() || !code || strings.Contains(word, "/") {
		return nil
	}
	raw, err := fs.ReadFile(repo, to)
	if err != nil {
		return []string{err.Error()}
	}
	name := word[strings.LastIndex(word, ".")+1:]
	if ok, err := regexp.Match(`\b`+regexp.QuoteMeta(name)+`\b`, raw); err != nil || !ok {
		return []string{fmt.Sprintf("%s says that %s is in %s, and it is not", page, word, to)}
	}
	return nil
}

// pages are those that people read.
func pages(t *testing.T, repo fs.FS) []string {
	t.Helper()
	var all []string
	for _, glob := range []string{"*.md", "docs/*.md"} {
		some, err := fs.Glob(repo, glob)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

func TestPagesLead(t *testing.T) {
	repo := os.DirFS("../..")
	all := pages(t, repo)
	if len(all) < 4 {
		t.Fatalf("found only %q: is this the repository?", all)
	}
	for _, complaint := range pagesLead(repo, all...) {
		t.Error(complaint)
	}
}

func TestPagesLead_Finds(t *testing.T) {
	const source = "package a\n\nfunc Known() {}\n"
	for _, c := range []struct{ says, want string }{
		{"[`a.Known`](../events/a.go)", ""},
		{"[a way](../events/a.go#L3) and [away](https://example.com/x.go)", ""},
		{"as `events/a.go` has it, and `events/*.go`", ""},
		{"[`a.Unknown`](../events/a.go)", "docs/p.md says that a.Unknown is in events/a.go, and it is not"},
		{"[`a.Know`](../events/a.go)", "docs/p.md says that a.Know is in events/a.go, and it is not"},
		{"[gone](../events/b.go)", "docs/p.md leads to events/b.go, which is not there"},
		{"as `events/b.go` has it", "docs/p.md leads to events/b.go, which is not there"},
	} {
		repo := fstest.MapFS{"docs/p.md": {Data: []byte(c.says)}, "events/a.go": {Data: []byte(source)}}
		if got := strings.Join(pagesLead(repo, "docs/p.md"), "; "); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.says, got, c.want)
		}
	}
}
