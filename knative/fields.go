package knative

import (
	"reflect"
	"strings"
)

// field is one field of a struct that a manifest is read into.
type field struct {
	name             string
	required, unused bool
	why              string // it is refused
	value            reflect.Value
}

// fieldsOf returns the fields of a struct, those of embedded ones included.
func fieldsOf(v reflect.Value) (all []field) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		tag, tagged := f.Tag.Lookup("f")
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct && !tagged:
			all = append(all, fieldsOf(v.Field(i))...)
		case tagged:
			name, word, _ := strings.Cut(tag, ",")
			all = append(all, field{name, word == "required", word == "unused", f.Tag.Get("no"), v.Field(i)})
		}
	}
	return all
}

// names lists the fields that may be there.
func names(fields []field) string {
	var all []string
	for _, f := range fields {
		if f.why == "" {
			all = append(all, f.name)
		}
	}
	return strings.Join(all, ", ")
}
