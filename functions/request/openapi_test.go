package request_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"tourbillon/events"
	"tourbillon/functions/request"
)

func TestOpenAPI_Routes(t *testing.T) {
	inFile := make(map[string]bool)
	for name, op := range operations() {
		inFile[name] = op.operators()
	}
	if diff := cmp.Diff(request.Routes(), inFile); diff != "" {
		t.Errorf("what is answered, and whether by operators' leave (-door +file):\n%s", diff)
	}
}

func TestOpenAPI_IsServed(t *testing.T) {
	h := build(t)
	r := h.must(200, h.ask("GET", "/openapi.yaml", ""))
	if r.body != string(file()) || r.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("%v", r.header)
	}
}

// document is the file as plain values.
func document(t *testing.T) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := yaml.Unmarshal(file(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// schemas are the file's, each with what it refers to in its place.
func schemas(t *testing.T) map[string]any {
	t.Helper()
	all := document(t)["components"].(map[string]any)["schemas"].(map[string]any)
	return inPlace(t, all, func(ref string) any { return all[strings.TrimPrefix(ref, "#/components/schemas/")] }).(map[string]any)
}

// published is an event's schema, or defs, with what it refers to in its place.
func published(t *testing.T, name string) map[string]any {
	t.Helper()
	read := func(name string) (doc map[string]any) {
		f, err := events.Schemas().Open(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := json.NewDecoder(f).Decode(&doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	defs := read("defs")["$defs"].(map[string]any)
	def := func(ref string) any { return defs[ref[strings.LastIndex(ref, "/")+1:]] }
	return inPlace(t, read(name), def).(map[string]any)
}

// inPlace copies a schema: references are followed, and what is only for
// people is left out, as is the type of an enum, which its values have.
func inPlace(t *testing.T, v any, follow func(string) any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any)
		if ref, ok := v["$ref"].(string); ok {
			to := follow(ref)
			if to == nil {
				t.Fatalf("%s leads nowhere", ref)
			}
			out = inPlace(t, to, follow).(map[string]any)
		}
		for key, value := range v {
			switch {
			case key == "$ref", key == "title", key == "description" && fmt.Sprintf("%T", value) == "string":
			case key == "properties" && out[key] != nil:
				merged := out[key].(map[string]any)
				for name, more := range inPlace(t, value, follow).(map[string]any) {
					maps.Copy(merged[name].(map[string]any), more.(map[string]any))
				}
			default:
				out[key] = inPlace(t, value, follow)
			}
		}
		if out["enum"] != nil {
			delete(out, "type")
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = inPlace(t, v[i], follow)
		}
		return out
	case int, int64, uint64, float64:
		f, _ := strconv.ParseFloat(fmt.Sprint(v), 64)
		return f
	}
	return v
}

// picked is a schema with some properties only, all or none of them required.
func picked(schema map[string]any, required []any, fields ...string) map[string]any {
	props := make(map[string]any)
	for _, f := range fields {
		props[f] = schema["properties"].(map[string]any)[f]
	}
	return map[string]any{"type": "object", "properties": props, "required": required, "additionalProperties": false}
}

func list(words string) (out []any) {
	for _, w := range strings.Fields(words) {
		out = append(out, w)
	}
	return out
}

// TestOpenAPI_Agrees holds the bodies of the file against the schemas of the
// events that are made of them.
func TestOpenAPI_Agrees(t *testing.T) {
	inFile := schemas(t)
	v2 := published(t, "booking.request.v2")
	v1 := published(t, "booking.request.v1")
	delete(v1, "$schema")
	delete(v1, "$id")
	tour := published(t, "tour.create.v1")["properties"].(map[string]any)["tour"].(map[string]any)
	open := published(t, "departure.open.v1")["properties"].(map[string]any)
	terms := open["departure"].(map[string]any)
	opening := picked(terms, list("id tourId startsAt timeZone capacity price"), slices.Sorted(maps.Keys(terms["properties"].(map[string]any)))...)
	opening["properties"].(map[string]any)["id"] = open["departureId"]
	termed := maps.Clone(opening)
	termed["required"] = terms["required"]
	for name, want := range map[string]any{
		"BookingRequest":   picked(v2, v2["else"].(map[string]any)["required"].([]any), "departureId", "seats", "flow", "customer", "payment"),
		"BookingRequestV1": v1,
		"Tour":             picked(tour, tour["required"].([]any), "id", "name", "city", "meetingPoint"),
		"TourTerms":        picked(tour, list("name city"), "id", "name", "city", "meetingPoint"),
		"DepartureOpening": opening,
		"DepartureTerms":   termed,
		"Wishes":           published(t, "customer.preferences.changed.v1")["properties"].(map[string]any)["preferences"],
		"WatchRequest":     picked(v2, list("customer"), "customer"),
	} {
		t.Run(name+" is as the event has it", func(t *testing.T) {
			if diff := cmp.Diff(want, inFile[name]); diff != "" {
				t.Errorf("(-events +openapi.yaml):\n%s", diff)
			}
		})
	}
}

// constants are the values of a type's constants in a file of package booking.
func constants(t *testing.T, file, of string) (values []any) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), "../../internal/booking/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		value, _ := spec.Values[0].(*ast.BasicLit)
		if typed, ok := spec.Type.(*ast.Ident); ok && typed.Name == of && value != nil {
			s, _ := strconv.Unquote(value.Value)
			values = append(values, s)
		}
		return true
	})
	return values
}

func TestOpenAPI_ClosedLists(t *testing.T) {
	for name, file := range map[string]string{
		"Status": "booking.go", "Reason": "booking.go", "Flow": "booking.go", "DepartureState": "departure.go",
	} {
		t.Run(name+" is as the domain has it", func(t *testing.T) {
			got := schemas(t)[name].(map[string]any)["enum"]
			if diff := cmp.Diff(constants(t, file, name), got); diff != "" {
				t.Errorf("(-internal/booking +openapi.yaml):\n%s", diff)
			}
		})
	}
}

// fields are an example's, as a form has them.
func fields(example any) url.Values {
	v := make(url.Values)
	for name, value := range example.(map[string]any) {
		if all, ok := value.([]any); ok {
			for _, one := range all {
				v.Add(name, one.(string))
			}
			continue
		}
		v.Add(name, value.(string))
	}
	return v
}

// TestOpenAPI_Examples sends what the file shows.
func TestOpenAPI_Examples(t *testing.T) {
	for name, op := range operations() {
		if op.Body == nil {
			continue
		}
		for media, content := range op.Body.Content {
			for called, example := range content.Examples {
				t.Run(name+" takes the example "+called, func(t *testing.T) {
					body, err := json.Marshal(example.Value)
					if err != nil {
						t.Fatal(err)
					}
					h := opened(t, 20)
					if op.method == "POST" && strings.HasPrefix(op.path, "/tours") || op.path == "/departures" && op.method == "POST" {
						h = build(t)
						if op.path == "/departures" {
							h.must(201, h.operator("POST", "/tours", `{"id":"old-town","name":"Old town","city":"Lyon"}`))
						}
					}
					headers := []string{"Content-Type", "", "Content-Type", media}
					if called == "binary" {
						headers = append(headers, ceHeaders("order-17")...)
					}
					if strings.Contains(media, "form") {
						body = []byte(fields(example.Value).Encode())
					}
					if r := h.operator(op.method, h.place(op.path), string(body), headers...); r.code > 299 {
						t.Errorf("got %d %s", r.code, r.body)
					}
				})
			}
		}
	}
}
