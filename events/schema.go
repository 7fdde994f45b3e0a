package events

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"tourbillon/internal/parse"
)

// SchemaError is data that is not as its schema demands. At is a JSON pointer
// into the data. Nothing of the data itself is in the text. Fields are the
// complaints one by one, where there are any that are about a field.
type SchemaError struct {
	Name    Name
	Version int
	At      string
	Problem string
	Fields  []Complaint
}

// Complaint is what is wrong at one place of the data: at the very field,
// also where that is missing or unknown.
type Complaint struct{ At, Problem string }

// Error says which event, where, and what is wrong.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("data of %s: at %q: %s", e.Name.Type(e.Version), e.At, e.Problem)
}

//go:embed schema/*.json
var schemaFiles embed.FS

// Schemas returns the JSON Schema files, one per name and version
// (booking.request.v2.json), and defs.json that they share.
func Schemas() fs.FS {
	sub, err := fs.Sub(schemaFiles, "schema")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

func urn(n Name, version int) string {
	return fmt.Sprintf("urn:tourbillon:%s:v%d", n, version)
}

type nameVersion struct {
	name    Name
	version int
}

// schemas compiles schemas as they are first needed, once each, formats
// asserted: a function hears a few names, and is there the sooner. Safe for
// concurrent use.
type schemas struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	ready    map[nameVersion]rules
}

// rules are a schema, and its quick form where it has one.
type rules struct {
	schema *jsonschema.Schema
	quick  *quick
}

var compiled schemas

// of returns the schema of a name and version of the vocabulary.
func (s *schemas) of(n Name, version int) rules {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := nameVersion{n, version}
	if r, ok := s.ready[key]; ok {
		return r
	}
	if s.compiler == nil {
		s.compiler, s.ready = jsonschema.NewCompiler(), make(map[nameVersion]rules)
		s.compiler.AssertFormat()
		s.compiler.UseLoader(schemaLoader{})
	}
	schema := s.compiler.MustCompile(urn(n, version))
	s.ready[key] = rules{schema, quicken(schema)}
	return s.ready[key]
}

// schemaLoader finds a schema's file by its URN.
type schemaLoader struct{}

// Load reads the schema that is called url.
func (schemaLoader) Load(url string) (any, error) {
	name := strings.TrimPrefix(url, "urn:tourbillon:")
	raw, err := schemaFiles.ReadFile("schema/" + strings.Replace(name, ":v", ".v", 1) + ".json")
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(raw))
}

// read checks an event's data against the schema of its version, once, and
// reads it. What the schema's quick form is sure of needs no second look.
func read(n Name, version int, ce event.Event) (d Data, err error) {
	if ct := ce.DataContentType(); ct != "" && !strings.HasPrefix(ct, "application/json") {
		return d, &SchemaError{Name: n, Version: version, Problem: "datacontenttype is not application/json"}
	}
	r := compiled.of(n, version)
	if version == byName[n].Version && r.quick.sure(ce.Data()) && parse.JSON(ce.Data(), &d) == nil {
		return d, nil
	}
	return r.judge(n, version, ce.Data())
}

// judge validates data and reads it as of the newest version, without what its
// schema does not name.
func (r rules) judge(n Name, version int, data []byte) (d Data, err error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return d, &SchemaError{Name: n, Version: version, Problem: "not JSON"}
	}
	if absurd(doc) {
		return d, &SchemaError{Name: n, Version: version, Problem: "has a number beyond all bounds"}
	}
	if err := r.schema.Validate(doc); err != nil {
		return d, explain(n, version, err)
	}
	obj := doc.(map[string]any) // every schema demands an object
	maps.DeleteFunc(obj, func(key string, _ any) bool { return r.schema.Properties[key] == nil })
	for v := version; v < byName[n].Version; v++ {
		obj = upcasters[nameVersion{n, v}](obj)
	}
	// Written anew, so that what was checked is what is read: of a key that
	// comes twice, the validator sees the last value and a struct sees both.
	raw, err := json.Marshal(plain(obj))
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	if err != nil {
		// Not err's text: it would quote the data.
		return Data{}, &SchemaError{Name: n, Version: version, Problem: "cannot be read"}
	}
	return d, nil
}

// absurdNumber is one of more than 64 characters, or with an exponent of more
// than three digits.
var absurdNumber = regexp.MustCompile(`.{65}|[eE][+-]?0*[1-9][0-9]{3}`)

// absurd reports whether doc holds a number that costs dearly to compare with
// anything: the validator is exact.
func absurd(doc any) bool {
	switch v := doc.(type) {
	case map[string]any:
		for _, e := range v {
			if absurd(e) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, absurd)
	case json.Number:
		return absurdNumber.MatchString(v.String())
	}
	return false
}

// plain writes whole numbers without point or exponent, in place: to JSON
// Schema 2.0 is an integer, to Go it is not.
func plain(doc any) any {
	switch v := doc.(type) {
	case map[string]any:
		for key := range v {
			v[key] = plain(v[key])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			return doc
		}
		if r, ok := new(big.Rat).SetString(v.String()); ok && r.IsInt() {
			return json.Number(r.Num().String())
		}
	}
	return doc
}
