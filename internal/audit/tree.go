package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// difference is a place where two values differ, each as JSON; "—" is nothing.
type difference struct{ path, left, right string }

// nothing is how what is not there is shown.
const nothing = "—"

// differ compares two values as JSON writes them, field by field: a Go value
// by its fields' names there, bytes as they are.
func differ(left, right any) []difference {
	l, errLeft := treeOf(left)
	r, errRight := treeOf(right)
	if errLeft != nil || errRight != nil {
		return []difference{{"", fmt.Sprint(shown(l), errText(errLeft)), fmt.Sprint(shown(r), errText(errRight))}}
	}
	return walk("", l, r)
}

func errText(err error) string {
	if err != nil {
		return " (" + err.Error() + ")"
	}
	return ""
}

// treeOf is v as JSON has it, its numbers word for word.
func treeOf(v any) (tree any, err error) {
	raw, ready := v.([]byte)
	if !ready {
		if raw, err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	if len(raw) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&tree)
	return tree, err
}

func walk(path string, l, r any) (all []difference) {
	lo, isObject := l.(map[string]any)
	ro, both := r.(map[string]any)
	if isObject || both {
		if isObject != both && l != nil && r != nil {
			return []difference{{path, shown(l), shown(r)}}
		}
		keys := maps.Clone(lo)
		if keys == nil {
			keys = map[string]any{}
		}
		maps.Copy(keys, ro)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			all = append(all, walk(below(path, k), lo[k], ro[k])...)
		}
		return all
	}
	ll, isList := l.([]any)
	rl, bothLists := r.([]any)
	if isList && bothLists && len(ll) == len(rl) {
		for i := range ll {
			all = append(all, walk(below(path, fmt.Sprint(i)), ll[i], rl[i])...)
		}
		return all
	}
	if shown(l) != shown(r) {
		return []difference{{path, shown(l), shown(r)}}
	}
	return nil
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func shown(v any) string {
	if v == nil {
		return nothing
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
