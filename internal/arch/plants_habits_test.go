package arch

import "testing/fstest"

// reading is a source of package p that says e.
func reading(pkg, e string) string {
	return "package p\n\nimport \"" + pkg + "\"\n\nvar x = " + e + "\n"
}

// habits are the plants for how code behaves, not where it is.
var habits = []plant{
	{"one file reads the environment", "a provider", "internal/provider/sandbox/a.go", reading("os", `os.Getenv("KEY")`),
		"internal/provider/sandbox/a.go:5: os.Getenv: only cmd/tourbillon/config.go reads the environment", nil},
	{"one file reads the environment", "beside the reader", "cmd/tourbillon/wire.go", reading("os", `os.Environ()`),
		"cmd/tourbillon/wire.go:5: os.Environ: only cmd/tourbillon/config.go reads the environment", nil},
	{"one file reads the environment", "by another name", "saga/a.go", "package p\n\nimport sys \"os\"\n\nvar x, _ = sys.LookupEnv(\"KEY\")\n",
		"saga/a.go:5: os.LookupEnv: only cmd/tourbillon/config.go reads the environment", nil},
	{"one file reads the environment", "the receiver, something else", "functions/receive.go", reading("os", `os.Getenv("PORT")`),
		"functions/receive.go:5: os.Getenv: only cmd/tourbillon/config.go reads the environment", nil},
	{"one file reads the environment", "the receiver", "functions/receive.go", reading("os", `os.Getenv("K_SERVICE")`), "", nil},
	{"one file reads the environment", "the reader", "cmd/tourbillon/config.go", reading("os", `os.Getenv("PORT")`), "", nil},
	{"one file reads the environment", "a test", "saga/a_test.go", reading("os", `os.Getenv("PORT")`), "", nil},

	{"time is an argument", "the domain looks at the clock", "internal/booking/a.go", reading("time", "time.Now()"),
		"internal/booking/a.go:5: time.Now: in internal/booking, time is an argument", nil},
	{"time is an argument", "the saga keeps the clock", "saga/a.go", reading("time", "time.Now"),
		"saga/a.go:5: time.Now: in saga, time is an argument", nil},
	{"time is an argument", "events throw dice", "events/a.go", importing("math/rand/v2"),
		"events/a.go:3: math/rand/v2: in events, chance is an argument", nil},
	{"time is an argument", "a transport waits", "events/memory/a.go", reading("time", "time.Now()"), "", nil},
	{"time is an argument", "a test", "saga/a_test.go", reading("time", "time.Now()"), "", nil},
	{"time is an argument", "a duration", "saga/a.go", reading("time", "time.Second"), "", nil},

	{"only programs print", "the saga prints", "saga/a.go", reading("fmt", `fmt.Println("armed")`),
		"saga/a.go:5: fmt.Println: only programs print; log, or return it", nil},
	{"only programs print", "a program", "cmd/tourbillon/a.go", reading("fmt", `fmt.Println("armed")`), "", nil},
	{"only programs print", "to a writer", "saga/a.go", reading("fmt", `fmt.Fprintln(w, "armed")`), "", nil},
	{"only programs print", "an example", "saga/a_test.go", reading("fmt", `fmt.Println("armed")`), "", nil},

	{"nothing is left for later", "a mark", "saga/a.go", "package p\n\n// TO" + "DO: the rest\n",
		"saga/a.go:3: TO" + "DO: do it, or file an issue", nil},
	{"nothing is left for later", "a mark in a function", "saga/a_test.go", "package p\n\nfunc f() {\n\tg() // FIX" + "ME\n}\n",
		"saga/a_test.go:4: FIX" + "ME: do it, or file an issue", nil},
	{"nothing is left for later", "a word", "saga/a.go", "package p\n\n// There is nothing to do.\n", "", nil},

	{"names say something", "a drawer", "internal/util/a.go", "package util\n",
		"internal/util/a.go:1: package util in internal/util: name it for what it does", nil},
	{"names say something", "a folder", "internal/helpers/a.go", "package hold\n",
		"internal/helpers/a.go:1: package hold in internal/helpers: name it for what it does", nil},
	{"names say something", "a word within", "internal/commons/a.go", "package commons\n", "", nil},

	{"the audit decides nothing", "the plan", "internal/audit/a.go", importing("tourbillon/saga"),
		"internal/audit/a.go:3: the audit decides nothing: tourbillon/saga leads to saga", nil},
	{"the audit decides nothing", "a decision", "internal/audit/a.go", "package p\n\nfunc f(d booking.Departure) { d.Hold() }\n",
		"internal/audit/a.go:3: the audit decides nothing: Hold is of the domain", beside("internal/booking/b.go", "package booking\n\nfunc (d Departure) Hold() {}\n", theAuditDecidesNothing)},
	{"the audit decides nothing", "a value of the domain's", "internal/audit/a.go", "package p\n\nfunc f(d booking.Departure) int { return d.Held }\n", "", nil},
	{"the audit decides nothing", "the vocabulary", "internal/audit/a.go", importing("tourbillon/events"), "", nil},
}

// beside runs a check with one more source there.
func beside(path, source string, c check) check {
	return func(files []file) []string {
		more, err := read(fstest.MapFS{path: &fstest.MapFile{Data: []byte(source)}})
		if err != nil {
			panic(err) // it is written above
		}
		return c(append(files, more...))
	}
}
