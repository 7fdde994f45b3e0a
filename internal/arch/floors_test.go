package arch

import (
	"path"
	"slices"
	"strings"
)

// Libraries that more than one floor may name.
const (
	cloudEvent      = "github.com/cloudevents/sdk-go/v2/event"
	cloudEventTypes = "github.com/cloudevents/sdk-go/v2/types"
	jsonSchema      = "github.com/santhosh-tekuri/jsonschema/v6"
	fastJSON        = "github.com/segmentio/encoding/json"
	framework       = "github.com/GoogleCloudPlatform/functions-framework-go"
	yamlLibrary     = "go.yaml.in/yaml/v3"
	cron            = "github.com/robfig/cron/v3"
	redisRate       = "github.com/go-redis/redis_rate" // a script of go-redis's, and no client
)

// row puts packages on a floor.
type row struct {
	folder string // a pattern of [path.Match]; the first row that matches counts
	floor  int
	libs   []string // libraries it may import, with what is below them
}

// floors is the whole building. Put a new package on the lowest floor that
// has all it imports below it (see the package comment).
var floors = []row{
	{"internal/booking", 0, nil},
	{"internal/parse", 0, []string{fastJSON}},

	{"events", 1, []string{cloudEvent, cloudEventTypes, jsonSchema}},

	{"saga", 2, []string{cloudEvent}},
	{"internal/arrow", 2, []string{cloudEvent}},
	{"internal/record", 2, []string{cloudEvent}},
	{"internal/store", 2, []string{cloudEvent}},
	{"internal/console", 3, nil},
	{"internal/web", 2, nil},
	{"internal/words", 2, []string{"golang.org/x/text"}}, // money, plurals and locales
	{"internal/audit", 2, []string{cloudEvent}},
	{"internal/restore", 2, nil},
	{"internal/provider", 2, []string{cloudEvent}},
	{"internal/provider/remote", 2, nil},
	{"internal/provider/outcome", 2, nil},
	{"realtime", 2, nil},
	{"realtime/audience", 2, nil},
	{"realtime/client", 2, nil},
	{"realtime/facts", 2, []string{cloudEvent}},
	{"realtime/gate", 2, nil},
	{"realtime/packet", 2, nil},
	{"realtime/pump", 2, nil},
	{"realtime/socketio", 2, nil},
	{"realtime/sse", 2, nil},

	{"events/memory", 3, []string{cloudEvent}},
	{"events/rabbitmq", 3, []string{cloudEvent, "github.com/rabbitmq/amqp091-go"}},
	{"events/kafka", 3, []string{cloudEvent, "github.com/segmentio/kafka-go"}},
	{"internal/store/memory", 3, []string{cloudEvent}},
	{"internal/store/redis", 3, []string{"github.com/redis/go-redis", redisRate}},
	{"internal/provider/sandbox", 3, []string{cloudEvent}},
	{"internal/provider/mailbox", 3, []string{cloudEvent}},
	{"internal/provider/mailgun", 3, []string{"github.com/mailgun"}},
	{"internal/provider/sns", 3, []string{"github.com/aws"}},
	{"internal/provider/twilio", 3, []string{"github.com/twilio/twilio-go"}},
	{"internal/provider/stripe", 3, []string{"github.com/stripe/stripe-go"}},
	{"internal/provider/stripe/fake", 3, nil},
	{"internal/provider/post", 3, []string{"golang.org/x/time"}},
	{"internal/provider/postfake", 3, nil},
	{"internal/provider/sendgrid", 3, []string{"github.com/sendgrid"}},
	{"internal/metrics", 3, []string{"github.com/prometheus"}},
	{"internal/process", 3, nil},
	{"internal/breaker", 3, []string{"github.com/sony/gobreaker"}},
	{"realtime/engineio", 3, []string{"github.com/gorilla/websocket"}},
	{"realtime/ws", 3, []string{"github.com/gorilla/websocket"}},

	{"knative/alone", 5, nil},
	{"knative", 4, []string{cloudEvent, cloudEventTypes, yamlLibrary, cron}},
	{"knative/scale", 4, nil},
	{"knative/lint", 4, []string{yamlLibrary, cron}},
	{"functions", 4, []string{cloudEvent, framework}},                   // receive.go is the host
	{"functions/request", 4, []string{cloudEvent, "golang.org/x/text"}}, // currencies
	{"functions/*", 4, nil},
	{"internal/rehearsal", 4, []string{cloudEvent}},
	{"internal/operator", 4, []string{cloudEvent}},

	{"cmd/tourbillon", 5, nil},
	{"internal/sim", 5, nil},
	{"internal/standin", 5, nil},
	{"internal/gen", 5, nil},
	{"internal/arch", 5, nil},
	{"internal/mutants", 5, nil},
	{"internal/mutants/fault", 5, nil},
	{"internal/tools/*", 5, nil},
}

// below says which floors a floor may import from.
var below = map[int][]int{0: nil, 1: {0}, 2: {0, 1, 2}, 3: {0, 1, 2}, 4: {0, 1, 2, 4}, 5: {0, 1, 2, 3, 4, 5}}

func floorOf(table []row, folder string) (row, bool) {
	i := slices.IndexFunc(table, func(r row) bool { ok, _ := path.Match(r.folder, folder); return ok })
	if i < 0 {
		return row{}, false
	}
	return table[i], true
}

// testLibraries are never part of a program.
var testLibraries = []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "go.uber.org/goleak", "github.com/pb33f"}

// testOnly reports whether a package is for tests: its name ends in "test".
// Such a package may import anything, and only tests may import it.
func testOnly(folder string) bool { return strings.HasSuffix(folder, "test") }

// everyPackageHasAFloor complains of packages that the table does not know.
func everyPackageHasAFloor(table []row) check {
	return func(files []file) (no []string) {
		seen := make(map[string]bool)
		for _, f := range files {
			if _, ok := floorOf(table, f.folder()); ok || seen[f.folder()] || testOnly(f.folder()) {
				continue
			}
			seen[f.folder()] = true
			no = append(no, f.complain(f.tree.Name, "package %s is on no floor: add a row to the table floors in internal/arch/floors_test.go", f.folder()))
		}
		return no
	}
}

// importsGoDown complains of imports that do not go down the floors, and of
// libraries that a floor does not know. Tests may import what they like.
func importsGoDown(table []row) check {
	return func(files []file) (no []string) {
		for _, f := range files {
			from, ok := floorOf(table, f.folder())
			if !ok || f.isTest() || testOnly(f.folder()) {
				continue
			}
			for _, spec := range f.tree.Imports {
				if why := refuse(table, from, imported(spec)); why != "" {
					no = append(no, f.complain(spec, "%s is on floor %d and imports %s: %s", f.folder(), from.floor, imported(spec), why))
				}
			}
		}
		return no
	}
}

// refuse returns why from may not import p, empty if it may.
func refuse(table []row, from row, p string) string {
	first, _, _ := strings.Cut(p, "/")
	switch {
	case first == module:
		return refuseOwn(table, from, strings.TrimPrefix(p, module+"/"))
	case slices.ContainsFunc(testLibraries, func(lib string) bool { return within(p, lib) }):
		return "only tests may"
	case !strings.Contains(first, "."), from.floor == 5: // the standard library has no dots
		return ""
	case !slices.ContainsFunc(from.libs, func(lib string) bool { return within(p, lib) }):
		return "its row in the table floors does not have that library"
	}
	return ""
}

func refuseOwn(table []row, from row, folder string) string {
	to, ok := floorOf(table, folder)
	switch {
	case testOnly(folder):
		return "only tests may"
	case !ok:
		return "that is on no floor"
	case !slices.Contains(below[from.floor], to.floor):
		return "that is not below"
	}
	return ""
}

// within reports whether the package p is lib or below it.
func within(p, lib string) bool { return p == lib || strings.HasPrefix(p, lib+"/") }

// oneClientEach complains of rows of floor 3 with more than one library
// besides the CloudEvent type and what is used by such a library alone.
func oneClientEach(table []row) check {
	return func([]file) (no []string) {
		for _, r := range table {
			clients := slices.DeleteFunc(slices.Clone(r.libs), func(lib string) bool { return lib == cloudEvent || lib == redisRate })
			if r.floor == 3 && len(clients) > 1 {
				no = append(no, r.folder+" has more than one client library: "+strings.Join(clients, ", "))
			}
		}
		return no
	}
}
