package lint

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// field is a place in a document: what is there, and its line. Where nothing
// is, the line is that of the nearest field around it, and every question has
// the answer of an empty one.
type field struct {
	node *yaml.Node
	line int
}

// A file may hold a circle of aliases, or a few that stand for millions of
// fields. These bound what is made of them.
const (
	deepest  = 50     // aliases of aliases, and what is in parentheses
	mergers  = 2      // mappings that take others over, which take others over
	merged   = 100    // mappings that one takes over
	nested   = 1_000  // filters of a Trigger
	compared = 10_000 // fields that are compared
	longest  = 1_000  // bytes of a path of fields
)

// budget is how many steps are left.
type budget int

// spent takes a step, and reports whether there was none left.
func (b *budget) spent() bool {
	*b--
	return *b < 0
}

func newBudget(steps budget) *budget {
	return &steps
}

// plain is the node that an alias stands for, nil for null.
func plain(n *yaml.Node) *yaml.Node {
	for range deepest {
		switch {
		case n == nil, n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
			return nil
		case n.Kind != yaml.AliasNode:
			return n
		}
		n = n.Alias
	}
	return nil
}

// at is the field below by its keys.
func (f field) at(keys ...string) field {
	for _, key := range keys {
		f = f.below(key, mergers)
	}
	return f
}

func (f field) below(key string, depth int) field {
	n := plain(f.node)
	if n == nil || n.Kind != yaml.MappingNode || depth < 0 {
		return field{line: f.line}
	}
	var over field
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		switch {
		case name.Value == key && plain(value) != nil:
			return field{value, name.Line}
		case name.Value == "<<" && !over.is():
			over = mergedFrom(field{value, name.Line}, key, depth-1)
		}
	}
	if over.is() {
		return over
	}
	return field{line: f.line}
}

// mergedFrom finds a key in what a mapping takes over from others.
func mergedFrom(f field, key string, depth int) field {
	if found := f.below(key, depth); found.is() {
		return found
	}
	for _, item := range first(f.items()) {
		if found := item.below(key, depth); found.is() {
			return found
		}
	}
	return field{}
}

func first(items []field) []field { return items[:min(len(items), merged)] }

// is reports whether something is there, null not counted.
func (f field) is() bool { return plain(f.node) != nil }

// text is the text of a string, a number or a truth, "" of anything else.
func (f field) text() string {
	if n := plain(f.node); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// isText reports whether it is what Kubernetes takes for a string.
func (f field) isText() bool {
	n := plain(f.node)
	return n != nil && n.Kind == yaml.ScalarNode && aString.takes(n)
}

// number is a whole number, written as one or as a string.
func (f field) number() (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(f.text()))
	return n, err == nil
}

// items are what is in a list.
func (f field) items() []field {
	n := plain(f.node)
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	all := make([]field, len(n.Content))
	for i, item := range n.Content {
		all[i] = field{item, item.Line}
	}
	return all
}

// pair is a field of a mapping with its name.
type pair struct {
	key string
	field
}

// pairs are the fields of a mapping in the order of the file, those taken over
// from other mappings last.
func (f field) pairs() []pair { return f.pairsTo(mergers) }

func (f field) pairsTo(depth int) (all []pair) {
	n := plain(f.node)
	if n == nil || n.Kind != yaml.MappingNode || depth < 0 {
		return nil
	}
	var over []pair
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], field{n.Content[i+1], n.Content[i].Line}
		if name.Value == "<<" {
			over = append(over, value.pairsTo(depth-1)...)
			for _, item := range first(value.items()) {
				over = append(over, item.pairsTo(depth-1)...)
			}
			continue
		}
		if value.is() && !seen[name.Value] {
			seen[name.Value] = true
			all = append(all, pair{name.Value, value})
		}
	}
	for _, m := range over {
		if !seen[m.key] {
			seen[m.key] = true
			all = append(all, m)
		}
	}
	return all
}

// voids are the fields of a mapping that have no value.
func (f field) voids() (all []pair) {
	n := plain(f.node)
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if value := (field{n.Content[i+1], n.Content[i].Line}); !value.is() {
			all = append(all, pair{n.Content[i].Value, value})
		}
	}
	return all
}

// each calls do with every piece of text below, in the order of the file, and
// the key that it is at. It follows no alias: what that stands for is
// elsewhere in the file.
func (f field) each(do func(key string, text field)) { eachText("", f.node, do) }

func eachText(key string, n *yaml.Node, do func(string, field)) {
	if n == nil {
		return
	}
	switch n.Kind {
	case yaml.ScalarNode:
		do(key, field{n, n.Line})
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			eachText(n.Content[i].Value, n.Content[i+1], do)
		}
	case yaml.SequenceNode, yaml.DocumentNode:
		for _, item := range n.Content {
			eachText(key, item, do)
		}
	}
}
