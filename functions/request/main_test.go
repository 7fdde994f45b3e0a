package request_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"
)

// TestMain demands, of a whole run, that every answer of openapi.yaml was given
// in some test; and that nothing is left running.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == ""
	if code == 0 && whole {
		for _, missing := range ungiven() {
			fmt.Println("no test is answered by", missing)
			code = 1
		}
	}
	if err := goleak.Find(); err != nil {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// operation is one method of one path in openapi.yaml.
type operation struct {
	OperationID string           `yaml:"operationId"`
	Security    []map[string]any `yaml:"security"`
	Body        *requestBody     `yaml:"requestBody"`
	Responses   map[string]any   `yaml:"responses"`
	method      string
	path        string
}

// operators reports whether it is for them alone.
func (op operation) operators() bool {
	_, theirs := append(op.Security, nil)[0]["operator"]
	return theirs
}

// json reports whether its body is JSON.
func (op operation) json() bool {
	if op.Body == nil {
		return false
	}
	_, is := op.Body.Content["application/json"]
	return is
}

type requestBody struct {
	Content map[string]struct {
		Examples map[string]struct {
			Value any `yaml:"value"`
		} `yaml:"examples"`
	} `yaml:"content"`
}

var file = sync.OnceValue(func() []byte {
	raw, err := os.ReadFile("openapi.yaml")
	if err != nil {
		panic(err)
	}
	return raw
})

// operations are those of the file, by "GET /tours".
var operations = sync.OnceValue(func() map[string]operation {
	var doc struct {
		Paths map[string]map[string]yaml.Node `yaml:"paths"`
	}
	if err := yaml.Unmarshal(file(), &doc); err != nil {
		panic(err)
	}
	all := make(map[string]operation)
	for path, item := range doc.Paths {
		for method, node := range item {
			if method == "parameters" {
				continue
			}
			op := operation{method: strings.ToUpper(method), path: path}
			if err := node.Decode(&op); err != nil {
				panic(err)
			}
			all[op.method+" "+path] = op
		}
	}
	return all
})

// byFile checks requests and answers by the file.
var byFile = sync.OnceValue(func() validator.Validator {
	doc, err := libopenapi.NewDocument(file())
	if err != nil {
		panic(err)
	}
	v, errs := validator.NewValidator(doc, config.WithFormatAssertions())
	if len(errs) > 0 {
		panic(errs)
	}
	return v
})

// given is which answers of the file were given.
var given = struct {
	sync.Mutex
	answers map[string]bool
}{answers: make(map[string]bool)}

// ungiven are the answers of the file that no test was given.
func ungiven() (missing []string) {
	for name, op := range operations() {
		for status := range op.Responses {
			if !given.answers[name+" "+status] {
				missing = append(missing, name+" with "+status)
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// conforms holds an exchange against the file: what was answered is in it, and
// what it does not have was not taken.
func conforms(t testing.TB, r *http.Request, body []byte, w *httptest.ResponseRecorder) {
	t.Helper()
	name := r.Pattern
	op, ok := operations()[name]
	if !ok && w.Code < 400 && strings.Contains(name, " ") { // else it was nobody's path, or not the door's
		t.Errorf("%s %s is answered by %d, and not in openapi.yaml", r.Method, r.URL, w.Code)
	}
	if !ok || r.Method == http.MethodHead {
		return
	}
	given.Lock()
	given.answers[fmt.Sprintf("%s %s %d", op.method, op.path, w.Code)] = true
	given.Unlock()
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	valid, wrong := byFile().ValidateHttpRequest(again)
	if unsaid := len(body) > 0 && r.Header.Get("Content-Type") == ""; !valid && w.Code < 400 && !unsaid {
		t.Errorf("%s %s is taken, and openapi.yaml says: %v", r.Method, r.URL, wrong)
	}
	if valid && strings.Contains(w.Body.String(), `problem:invalid"`) && !finer(r, w.Body.String()) {
		t.Errorf("%s %s fits openapi.yaml, and is refused: %s", r.Method, r.URL, w.Body)
	}
	again.Body = io.NopCloser(bytes.NewReader(body))
	if valid, wrong := byFile().ValidateHttpResponse(again, w.Result()); !valid {
		t.Errorf("%s %s: openapi.yaml does not have the answer %d %s: %v", r.Method, r.URL, w.Code, w.Body, wrong)
	}
}

// finer reports whether a refusal is for what no schema can say: that version 1
// of an event is not version 2 in binary mode either.
func finer(r *http.Request, problem string) bool {
	if r.Header.Get("ce-type") == "tourbillon.booking.request.v1" {
		return true
	}
	for _, detail := range []string{
		"there is no such", "is not in the future", "fifty years ahead", "IANA time zone", "ISO 4217", "is not the id in the path",
		"nobody may miss", "all day nothing", "by whose clocks", "language of BCP 47", "is not One-Click",
	} {
		if strings.Contains(problem, detail) {
			return true
		}
	}
	return false
}
