package arch

import "strings"

// plant is one source and what its rule must say of it: want, or nothing.
type plant struct {
	rule, says   string
	path, source string
	want         string
	check        check // nil: as the rule has it
}

// importing is a source of package p that imports lib.
func importing(lib string) string { return "package p\n\nimport _ \"" + lib + "\"\n" }

// lines is a source of n lines without functions.
func lines(n int) string { return "package p\n" + strings.Repeat("\n", n-1) }

// body is a source with one function of n lines.
func body(n int) string { return "package p\n\nfunc f() {\n" + strings.Repeat("\tg()\n", n) + "}\n" }

// places are the plants for where things are and how long they are.
var places = []plant{
	{"every package has a floor", "a new one", "loyalty/points.go", "package loyalty\n",
		"loyalty/points.go:1: package loyalty is on no floor: add a row to the table floors in internal/arch/floors_test.go", nil},
	{"every package has a floor", "a function", "functions/reserve/reserve.go", "package reserve\n", "", nil},
	{"every package has a floor", "for tests", "internal/store/storetest/run.go", "package storetest\n", "", nil},

	{"imports go down", "the domain names an event", "internal/booking/a.go", importing("tourbillon/events"),
		"internal/booking/a.go:3: internal/booking is on floor 0 and imports tourbillon/events: that is not below", nil},
	{"imports go down", "the domain names a library", "internal/booking/a.go", importing("golang.org/x/text/currency"),
		"internal/booking/a.go:3: internal/booking is on floor 0 and imports golang.org/x/text/currency: its row in the table floors does not have that library", nil},
	{"imports go down", "events name the saga", "events/a.go", importing("tourbillon/saga"),
		"events/a.go:3: events is on floor 1 and imports tourbillon/saga: that is not below", nil},
	{"imports go down", "the saga names a function", "saga/a.go", importing("tourbillon/functions/book"),
		"saga/a.go:3: saga is on floor 2 and imports tourbillon/functions/book: that is not below", nil},
	{"imports go down", "a store names another", "internal/store/memory/a.go", importing("tourbillon/events/memory"),
		"internal/store/memory/a.go:3: internal/store/memory is on floor 3 and imports tourbillon/events/memory: that is not below", nil},
	{"imports go down", "a function names a store", "functions/book/a.go", importing("tourbillon/internal/store/memory"),
		"functions/book/a.go:3: functions/book is on floor 4 and imports tourbillon/internal/store/memory: that is not below", nil},
	{"imports go down", "the runner names a function", "knative/a.go", importing("tourbillon/internal/store/memory"),
		"knative/a.go:3: knative is on floor 4 and imports tourbillon/internal/store/memory: that is not below", nil},
	{"imports go down", "the program names a test package", "cmd/tourbillon/a.go", importing("tourbillon/internal/store/storetest"),
		"cmd/tourbillon/a.go:3: cmd/tourbillon is on floor 5 and imports tourbillon/internal/store/storetest: only tests may", nil},
	{"imports go down", "the program names a stranger", "cmd/tourbillon/a.go", importing("tourbillon/loyalty"),
		"cmd/tourbillon/a.go:3: cmd/tourbillon is on floor 5 and imports tourbillon/loyalty: that is on no floor", nil},
	{"imports go down", "the program names a library of tests", "cmd/tourbillon/a.go", importing("go.uber.org/goleak"),
		"cmd/tourbillon/a.go:3: cmd/tourbillon is on floor 5 and imports go.uber.org/goleak: only tests may", nil},
	{"imports go down", "the domain names the standard library", "internal/booking/a.go", importing("encoding/json"), "", nil},
	{"imports go down", "events name the domain", "events/a.go", importing("tourbillon/internal/booking"), "", nil},
	{"imports go down", "below a library", "events/a.go", importing(jsonSchema + "/kind"), "", nil},
	{"imports go down", "a test", "internal/booking/a_test.go", importing("tourbillon/events"), "", nil},
	{"imports go down", "a test package", "internal/store/storetest/a.go", importing("tourbillon/functions"), "", nil},

	{"one client library each", "two", "", "", "events/two has more than one client library: a.com/a, b.com/b",
		oneClientEach([]row{{"events/two", 3, []string{"a.com/a", cloudEvent, "b.com/b"}}})},
	{"one client library each", "one", "", "", "", oneClientEach([]row{{"events/one", 3, []string{cloudEvent, "b.com/b"}}})},

	{"a library is named in one place", "the framework in a function", "functions/book/a.go", importing(framework + "/functions"),
		"functions/book/a.go:3: " + framework + " belongs in functions/receive*.go and cmd/tourbillon/*.go alone", nil},
	{"a library is named in one place", "the framework beside the receiver", "functions/functions.go", importing(framework + "/functions"),
		"functions/functions.go:3: " + framework + " belongs in functions/receive*.go and cmd/tourbillon/*.go alone", nil},
	{"a library is named in one place", "a test names a broker", "saga/a_test.go", importing("github.com/rabbitmq/amqp091-go"),
		"saga/a_test.go:3: github.com/rabbitmq/amqp091-go belongs in events/rabbitmq/*.go and internal/tools/chaos/*.go and knative/dataplanetest/*.go alone", nil},
	{"a library is named in one place", "a provider's module", "cmd/tourbillon/a.go", importing("github.com/aws/aws-sdk-go-v2/service/sns"),
		"cmd/tourbillon/a.go:3: github.com/aws belongs in internal/provider/sns/*.go alone", nil},
	{"a library is named in one place", "schemas in a handler", "internal/arrow/a.go", importing(jsonSchema),
		"internal/arrow/a.go:3: github.com/santhosh-tekuri/jsonschema belongs in events/*.go alone", nil},
	{"a library is named in one place", "YAML in the program", "cmd/tourbillon/a.go", importing(yamlLibrary),
		"cmd/tourbillon/a.go:3: " + yamlLibrary + " belongs in knative/*.go and knative/lint/*.go and internal/gen/*.go and functions/request/*_test.go and cmd/tourbillon/*_test.go alone", nil},
	{"a library is named in one place", "the receiver", "functions/receive.go", importing(framework + "/funcframework"), "", nil},
	{"a library is named in one place", "a store", "internal/store/redisstore/a.go", importing("github.com/redis/go-redis/v9"), "", nil},

	{"files fit", "too long", "saga/a.go", lines(301), "saga/a.go:1: 301 lines, more than 300", nil},
	{"files fit", "a test too long", "saga/a_test.go", lines(401), "saga/a_test.go:1: 401 lines of tests, more than 400", nil},
	{"files fit", "just so", "saga/a.go", lines(300), "", nil},
	{"files fit", "a test just so", "saga/a_test.go", lines(400), "", nil},
	{"files fit", "generated", "saga/a.go", "// Code generated by gen. DO NOT EDIT.\n\n" + lines(301), "", nil},

	{"functions fit on a page", "too long", "saga/a.go", body(61), "saga/a.go:3: f has 61 lines, more than 60", nil},
	{"functions fit on a page", "a literal", "saga/a.go", strings.Replace(body(61), "func f()", "var f = func()", 1),
		"saga/a.go:3: a function literal has 61 lines, more than 60", nil},
	{"functions fit on a page", "just so", "saga/a.go", body(60), "", nil},

	{"most are short", "the files", "saga/a.go", lines(121), "the median file has 121 lines, more than 120", nil},
	{"most are short", "the functions", "saga/a.go", body(11), "the median function has 11 lines, more than 10", nil},
	{"most are short", "just so", "saga/a.go", body(10), "", nil},

	{"a function is one word", "two words", "functions/reserve/a.go", "package hold\n",
		"functions/reserve/a.go:1: package hold in folder reserve: a function has one word", oneWord([]string{"reserve"})},
	{"a function is one word", "nobody's address", "functions/upsell/a.go", "package upsell\n",
		"functions/upsell/a.go:1: no command of the vocabulary is addressed to upsell", oneWord(nil)},
	{"a function is one word", "an address without a folder", "functions/functions.go", "package functions\n",
		"commands are addressed to reserve, and there is no folder functions/reserve", oneWord([]string{"reserve"})},
	{"a function is one word", "its outside test", "functions/reserve/a_test.go", "package reserve_test\n", "", oneWord([]string{"reserve"})},
	{"a function is one word", "for tests", "functions/functionstest/a.go", "package functionstest\n", "", oneWord(nil)},
	{"a function is one word", "hears facts only", "functions/availability/a.go", "package availability\n", "", oneWord(nil)},
}
