package arch

import (
	"path"
	"slices"
	"strings"
)

// homes says where alone a library may be named, tests included, with
// all that is below its path.
var homes = []struct {
	lib   string
	files []string // patterns of [path.Match]
}{
	{framework, []string{"functions/receive*.go", "cmd/tourbillon/*.go"}},
	{"github.com/santhosh-tekuri/jsonschema", []string{"events/*.go"}},
	{yamlLibrary, []string{"knative/*.go", "knative/lint/*.go", "internal/gen/*.go", "functions/request/*_test.go", "cmd/tourbillon/*_test.go"}},
	{cron, []string{"knative/*.go", "knative/lint/*.go"}},
	{"github.com/segmentio/encoding", []string{"internal/parse/*.go"}},
	{"github.com/rabbitmq/amqp091-go", []string{
		"events/rabbitmq/*.go", "internal/tools/chaos/*.go", // chaos says again what others said
		"knative/dataplanetest/*.go", // which lays out what is Knative's
	}},
	{"github.com/segmentio/kafka-go", []string{"events/kafka/*.go"}},
	{"github.com/redis/go-redis", []string{"internal/store/redis*/*.go"}},
	{redisRate, []string{"internal/store/redis*/*.go"}},
	{"github.com/alicebob/miniredis", []string{"cmd/tourbillon/isolate.go", "internal/store/redis*/*_test.go"}},
	{"github.com/gorilla/websocket", []string{"realtime/*/*.go", "realtime/*_test.go", "cmd/tourbillon/*_test.go"}},
	{"github.com/stripe/stripe-go", []string{"internal/provider/stripe/*.go"}},
	{"github.com/sendgrid", []string{"internal/provider/sendgrid/*.go"}},
	{"github.com/mailgun", []string{"internal/provider/mailgun/*.go"}},
	{"github.com/twilio/twilio-go", []string{"internal/provider/twilio/*.go"}},
	{"golang.org/x/time", []string{"internal/provider/post/*.go"}},
	{"github.com/sony/gobreaker", []string{"internal/breaker/*.go"}},
	{"github.com/prometheus", []string{"internal/metrics/*.go"}},
	{"github.com/aws", []string{"internal/provider/sns/*.go"}},
}

// librariesStayHome complains of a client library outside its one place.
func librariesStayHome(files []file) (no []string) {
	for _, f := range files {
		for _, spec := range f.tree.Imports {
			for _, home := range homes {
				if within(imported(spec), home.lib) && !f.matches(home.files...) {
					no = append(no, f.complain(spec, "%s belongs in %s alone", home.lib, strings.Join(home.files, " and ")))
				}
			}
		}
	}
	return no
}

// speaksFirst are functions that no command addresses: they hear facts, or what is outside.
var speaksFirst = []string{"availability", "audit", "customer", "webhook"}

// oneWord complains of a folder of functions/ whose package has another name,
// or that no command is addressed to, and of an address without a folder. A
// folder for tests is no function.
func oneWord(addresses []string) check {
	return func(files []file) (no []string) {
		homeless := slices.Clone(addresses)
		for _, f := range files {
			word := path.Base(f.folder())
			if path.Dir(f.folder()) != "functions" || testOnly(f.folder()) {
				continue
			}
			homeless = slices.DeleteFunc(homeless, func(a string) bool { return a == word })
			if name := strings.TrimSuffix(f.tree.Name.Name, "_test"); name != word {
				no = append(no, f.complain(f.tree.Name, "package %s in folder %s: a function has one word", name, word))
			}
			if !slices.Contains(addresses, word) && !slices.Contains(speaksFirst, word) {
				no = append(no, f.complain(f.tree.Name, "no command of the vocabulary is addressed to %s", word))
			}
		}
		for _, a := range homeless {
			no = append(no, "commands are addressed to "+a+", and there is no folder functions/"+a)
		}
		return no
	}
}

// environmentReaders are the files that may read the environment: which
// variable (empty: any), and why.
var environmentReaders = []struct{ file, variable, why string }{
	{"cmd/tourbillon/config.go", "", "it reads all settings, once"},
	{"functions/receive*.go", "K_SERVICE", "the functions framework prints blank lines while it is set"},
}

// oneReader complains of code that reads or changes the environment.
func oneReader(files []file) (no []string) {
	for _, f := range files {
		if f.isTest() {
			continue
		}
		for _, u := range f.uses("os", "Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Unsetenv", "Clearenv") {
			if !mayRead(f, u.arg) {
				no = append(no, f.complain(u.node, "os.%s: only cmd/tourbillon/config.go reads the environment", u.name))
			}
		}
	}
	return no
}

func mayRead(f file, variable string) bool {
	for _, r := range environmentReaders {
		if f.matches(r.file) && (r.variable == "" || r.variable == variable) {
			return true
		}
	}
	return false
}
