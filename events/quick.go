package events

import (
	"math"
	"math/big"
	"reflect"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// quick is a compiled schema in a form that sees at once, in the bytes, that a
// document fits. It only ever says yes: what it is not sure of (an escape in a
// string, a number that is no short integer, a key that comes twice, whatever
// may be wrong) is for the schema itself to judge, and to explain. It is made
// of the schema, and of none that has a keyword which it does not know.
type quick struct {
	kind   byte // '{', '[', '"' or '0'; 0: none, for then nothing is sure
	fields map[string]field
	must   uint64 // the fields that must be there, by their bits
	when   *fork
	items  *quick
	least  int64 // of a number itself, of a string's characters, of an array's items
	most   int64
	enum   map[string]bool
	match  *pattern
	format *jsonschema.Format
	also   *quick // what the same value must fit besides
}

// field is one of an object's, and the bit that stands for it.
type field struct {
	bit uint64
	is  *quick
}

// fork is if, then and else, all three about which fields are there.
type fork struct{ asks, must, mustElse, none, noneElse uint64 }

// Keywords that say nothing of a document.
var annotations = []string{"DraftVersion", "Location", "ID", "Title", "Description", "Comment", "Examples"}

// only reports whether s has no keyword but these.
func only(s *jsonschema.Schema, keywords ...string) bool {
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		known := slices.Contains(keywords, name) || slices.Contains(annotations, name)
		if v.Type().Field(i).IsExported() && !known && !v.Field(i).IsZero() {
			return false
		}
	}
	return s.DraftVersion >= 2019 // before, $ref hid what stood beside it
}

// quicken makes the quick form of a schema, or nil where it has none.
func quicken(s *jsonschema.Schema) *quick { return quickenTo(s, 16) }

// quickenTo goes no deeper than depth, for a schema may lead back to itself.
func quickenTo(s *jsonschema.Schema, depth int) *quick {
	switch {
	case depth == 0:
		return nil
	case s.Ref != nil && only(s, "Ref"):
		return quickenTo(s.Ref, depth-1)
	case s.Ref != nil && only(s, "Ref", "Properties"):
		return quickenTo(s.Ref, depth-1).narrowed(s.Properties, depth)
	case s.Enum != nil && only(s, "Enum", "Types"):
		return quickEnum(s)
	case s.Types == nil:
		return nil
	}
	switch s.Types.String() {
	case "[object]":
		return quickObject(s, depth)
	case "[array]":
		if q := sized('[', s.MinItems, s.MaxItems); s.Items2020 != nil && only(s, "Types", "Items2020", "MinItems", "MaxItems") {
			q.items = quickenTo(s.Items2020, depth-1)
			return q.unless(q.items == nil)
		}
	case "[string]":
		if only(s, "Types", "MinLength", "MaxLength", "Pattern", "Format") {
			q := sized('"', s.MinLength, s.MaxLength)
			q.match, q.format = newPattern(s.Pattern), s.Format
			return q
		}
	case "[integer]":
		if only(s, "Types", "Minimum", "Maximum") {
			q := sized('0', nil, nil)
			least, low := bound(s.Minimum, math.MinInt64)
			most, high := bound(s.Maximum, math.MaxInt64)
			q.least, q.most = least, most
			return q.unless(!low || !high)
		}
	}
	return nil
}

func (q *quick) unless(unsure bool) *quick {
	if unsure {
		return nil
	}
	return q
}

func sized(kind byte, least, most *int) *quick {
	q := &quick{kind: kind, most: math.MaxInt64}
	if least != nil {
		q.least = int64(*least)
	}
	if most != nil {
		q.most = int64(*most)
	}
	return q
}

// bound is an integer's limit, and false where that is not one of 64 bits.
func bound(r *big.Rat, none int64) (int64, bool) {
	if r == nil {
		return none, true
	}
	return r.Num().Int64(), r.IsInt() && r.Num().IsInt64()
}

func quickEnum(s *jsonschema.Schema) *quick {
	if s.Types != nil && s.Types.String() != "[string]" {
		return nil
	}
	q := sized('"', nil, nil)
	q.enum = make(map[string]bool)
	for _, v := range s.Enum.Values {
		if word, ok := v.(string); ok { // a value that is no string is for the schema to judge
			q.enum[word] = true
		}
	}
	return q
}

// quickObject is of an object that is closed: nothing in it goes unread.
func quickObject(s *jsonschema.Schema, depth int) *quick {
	known := only(s, "Types", "Properties", "Required", "AdditionalProperties", "If", "Then", "Else")
	if !known || s.AdditionalProperties != false || len(s.Properties) > 64 {
		return nil
	}
	q := &quick{kind: '{', fields: make(map[string]field, len(s.Properties))}
	for name, of := range s.Properties {
		is := quickenTo(of, depth-1)
		if is == nil {
			return nil
		}
		q.fields[name] = field{bit: 1 << len(q.fields), is: is}
	}
	must, ok := q.bits(s.Required)
	q.must = must
	return q.forked(s).unless(!ok)
}

// bits are those of the named fields, and false where one is none of q's.
func (q *quick) bits(names []string) (bits uint64, ok bool) {
	for _, name := range names {
		f, known := q.fields[name]
		if !known {
			return 0, false
		}
		bits |= f.bit
	}
	return bits, true
}

func (q *quick) forked(s *jsonschema.Schema) *quick {
	if s.If == nil && s.Then == nil && s.Else == nil {
		return q
	}
	if s.If == nil || !only(s.If, "Required") {
		return nil
	}
	asks, ok := q.bits(s.If.Required)
	must, none, then := q.branch(s.Then)
	mustElse, noneElse, other := q.branch(s.Else)
	q.when = &fork{asks: asks, must: must, none: none, mustElse: mustElse, noneElse: noneElse}
	return q.unless(!ok || !then || !other)
}

// branch is the fields that a branch demands, and those that it forbids.
func (q *quick) branch(s *jsonschema.Schema) (must, none uint64, ok bool) {
	if s == nil {
		return 0, 0, true
	}
	var forbidden []string
	for name, of := range s.Properties {
		if of.Bool == nil || *of.Bool {
			return 0, 0, false
		}
		forbidden = append(forbidden, name)
	}
	must, knowsMust := q.bits(s.Required)
	none, knowsNone := q.bits(forbidden)
	return must, none, knowsMust && knowsNone && only(s, "Properties", "Required")
}

// narrowed is a copy of q of whose fields some must fit more besides.
func (q *quick) narrowed(more map[string]*jsonschema.Schema, depth int) *quick {
	if q == nil || q.kind != '{' {
		return nil
	}
	narrow := *q
	narrow.fields = make(map[string]field, len(q.fields))
	for name, f := range q.fields {
		if of := more[name]; of != nil {
			is := *f.is
			if is.also = quickenTo(of, depth-1); is.also == nil || f.is.also != nil {
				return nil
			}
			f.is = &is
		}
		narrow.fields[name] = f
	}
	return &narrow
}
