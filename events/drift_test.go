package events_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// file is as much of a schema file as the tests below read.
type file struct {
	ID          string          `json:"$id"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Properties  map[string]any  `json:"properties"`
	Defs        map[string]node `json:"$defs"`
}

type node struct {
	Enum       []string        `json:"enum"`
	Maximum    int64           `json:"maximum"`
	Properties map[string]node `json:"properties"`
}

func schemaFile(t testing.TB, name string) file {
	t.Helper()
	raw, err := fs.ReadFile(events.Schemas(), name)
	if err != nil {
		t.Fatal(err)
	}
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSchemas_Fields(t *testing.T) {
	named := make(map[string]bool)
	ever(func(n events.Name, v int, name string) {
		f := schemaFile(t, name)
		if want := "urn:tourbillon:" + string(n) + ":v" + strconv.Itoa(v); f.ID != want || f.Title != string(n) {
			t.Errorf("%s is %s with title %s", name, f.ID, f.Title)
		}
		if !strings.HasSuffix(f.Description, ".") || strings.Count(f.Description, ". ") > 0 {
			t.Errorf("%s: the description is not one sentence: %s", name, f.Description)
		}
		if spec, _ := events.Lookup(n); v == spec.Version {
			for field := range f.Properties {
				named[field] = true
			}
		}
	})
	carried := make(map[string]bool)
	for _, f := range reflect.VisibleFields(reflect.TypeFor[events.Data]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			carried[name] = true
		}
	}
	if diff := cmp.Diff(carried, named); diff != "" {
		t.Errorf("fields of events.Data and fields of the schemas (-Data +schemas):\n%s", diff)
	}
}

// TestSchemas_Domain holds the schemas' lists and bounds against the domain's.
func TestSchemas_Domain(t *testing.T) {
	defs := schemaFile(t, "defs.json").Defs
	for def, typ := range map[string]string{"status": "Status", "reason": "Reason", "flow": "Flow"} {
		t.Run("the list of "+def+" is the domain's", func(t *testing.T) {
			if diff := cmp.Diff(constants(t, typ), defs[def].Enum); diff != "" {
				t.Errorf("(-domain +schema):\n%s", diff)
			}
		})
	}
	t.Run("a booking has no more seats than the domain can price", func(t *testing.T) {
		if got := defs["seats"].Maximum; got != booking.MaxSeats {
			t.Errorf("got %d", got)
		}
		if got := defs["departure"].Properties["price"].Properties["amount"].Maximum; got != booking.MaxPrice {
			t.Errorf("got %d, want %d", got, int64(booking.MaxPrice))
		}
	})
	t.Run("a booking is closed as what closes it", func(t *testing.T) {
		var closed []string
		for _, s := range constants(t, "Status") {
			if booking.Status(s).Closed() {
				closed = append(closed, s)
			}
		}
		got := slices.Sorted(slices.Values(defs["closing"].Enum))
		if diff := cmp.Diff(slices.Sorted(slices.Values(closed)), got); diff != "" {
			t.Errorf("(-domain +schema):\n%s", diff)
		}
	})
	t.Run("a booking is cancelled for what reaches a confirmed one", func(t *testing.T) {
		var reach []string
		for _, r := range constants(t, "Reason") {
			if booking.Reason(r).Reaches() {
				reach = append(reach, r)
			}
		}
		got := slices.Sorted(slices.Values(defs["cancelReason"].Enum))
		if diff := cmp.Diff(slices.Sorted(slices.Values(reach)), got); diff != "" {
			t.Errorf("(-domain +schema):\n%s", diff)
		}
	})
}

// constants are the values of the domain's constants of a type, as declared.
func constants(t testing.TB, typ string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../internal/booking/booking.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typ {
			s, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, s)
		}
		return true
	})
	return values
}
