package events

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// explain words what a person can act on: the innermost complaints, of those
// the ones nearest to the root, the same ones every time.
func explain(n Name, version int, err error) *SchemaError {
	e := &SchemaError{Name: n, Version: version, Problem: "does not fit its schema"}
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return e
	}
	all := innermost(v, nil)
	e.Fields = complaints(all)
	first := slices.MinFunc(all, func(a, b *jsonschema.ValidationError) int {
		return cmp.Compare(pointer(a), pointer(b))
	})
	e.At = pointer(first)
	var problems []string
	for _, v := range all {
		if pointer(v) == e.At {
			problems = append(problems, problem(v))
		}
	}
	slices.Sort(problems)
	e.Problem = strings.Join(slices.Compact(problems), "; ")
	return e
}

func innermost(v *jsonschema.ValidationError, found []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	for _, cause := range v.Causes {
		found = innermost(cause, found)
	}
	if len(v.Causes) == 0 {
		found = append(found, v)
	}
	return found
}

// mostComplaints bounds what one refusal tells.
const mostComplaints = 20

// complaints words every complaint at its very field, in order.
func complaints(all []*jsonschema.ValidationError) (told []Complaint) {
	for _, v := range all {
		at := pointer(v)
		switch k := v.ErrorKind.(type) {
		case *kind.Required:
			for _, field := range k.Missing {
				told = append(told, Complaint{at + "/" + field, "is missing"})
			}
		case *kind.AdditionalProperties:
			for _, field := range k.Properties {
				told = append(told, Unknown(at, field))
			}
		default:
			told = append(told, Complaint{at, problem(v)})
		}
	}
	slices.SortFunc(told, func(a, b Complaint) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Problem, b.Problem)) })
	told = slices.Compact(told)
	return told[:min(len(told), mostComplaints)]
}

// Unknown is the complaint of a field that the object at a pointer does not
// have. Its name is told where it looks like a field's name: the sender may
// have written anything there.
func Unknown(at, field string) Complaint {
	if !word.MatchString(field) {
		return Complaint{at, "has a field that is unknown"}
	}
	return Complaint{at + "/" + field, "is unknown"}
}

// pointer is where the complaint is; every name on the way there is one of
// the schema's.
func pointer(v *jsonschema.ValidationError) string {
	var at strings.Builder
	for _, key := range v.InstanceLocation {
		at.WriteString("/" + key)
	}
	return at.String()
}

// problem words a schema complaint without quoting the data, which may be
// somebody's address.
func problem(v *jsonschema.ValidationError) string {
	switch k := v.ErrorKind.(type) {
	case *kind.Required:
		return "missing " + strings.Join(k.Missing, ", ")
	case *kind.AdditionalProperties:
		return "unknown field " + named(k.Properties)
	case *kind.FalseSchema:
		return "is not allowed here"
	case *kind.Type:
		return fmt.Sprintf("is of type %s, want %s", k.Got, strings.Join(k.Want, " or "))
	case *kind.Format:
		return "is not a valid " + k.Want
	case *kind.Pattern:
		return "does not match " + k.Want
	case *kind.Minimum:
		return "is below " + k.Want.RatString()
	case *kind.Maximum:
		return "is above " + k.Want.RatString()
	case *kind.MinLength:
		return fmt.Sprintf("is shorter than %d", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("is longer than %d", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has more than %d items", k.Want)
	case *kind.Enum:
		return fmt.Sprintf("is none of %v", k.Want)
	}
	return "does not fit " + strings.Join(v.ErrorKind.KeywordPath(), "/")
}

var word = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)

// named lists the first few names of unknown fields, and of those only what
// looks like a field's name: the sender may have written anything there.
func named(fields []string) string {
	const few = 5
	fields = slices.Sorted(slices.Values(fields))
	for i, f := range fields {
		if !word.MatchString(f) {
			fields[i] = "(not a name)"
		}
	}
	if len(fields) > few {
		fields = append(fields[:few], "...")
	}
	return strings.Join(fields, ", ")
}
