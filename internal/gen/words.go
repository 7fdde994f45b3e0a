package main

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"tourbillon/events"
)

// list words several: "a, b and c", or "nobody".
func list(of []string) string {
	switch n := len(of); n {
	case 0:
		return "nobody"
	case 1:
		return of[0]
	default:
		return strings.Join(of[:n-1], ", ") + " and " + of[n-1]
	}
}

func texts(names []events.Name) []string {
	var all []string
	for _, n := range names {
		all = append(all, string(n))
	}
	return all
}

func tags(names []string) []tag {
	var all []tag
	for _, n := range names {
		all = append(all, tag{n})
	}
	return all
}

// union keeps the order of first appearance.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return all
}

// local is a reference into defs.json as one into the document.
func local(n *yaml.Node) *yaml.Node {
	to := *n
	to.Value = "#/components/schemas/" + definition(n.Value)
	return &to
}

// definition is the name at the end of a reference into defs.json.
func definition(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }
