package main

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"tourbillon/internal/booking"
	"tourbillon/knative"
)

// leakless is the tests of a package, and after them a look for goroutines
// that are left.
type leakless struct{ *testing.M }

// Run runs the tests, and fails if a goroutine is left. Stories wait more than
// they work, so many are told at once.
func (l leakless) Run() int {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err) // package testing defines it
	}
	code := l.M.Run()
	if code != 0 {
		return code
	}
	err := goleak.Find()
	for deadline := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(deadline); { // some may be about to end
		err = goleak.Find()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// everyFlow, where it is set, has the program serve flows whose Triggers are
// missing: what the door would refuse is then begun, and the story goes wrong
// by what does not come of it.
const everyFlow = "STORY_SERVES_EVERY_FLOW"

// goesWrong, where it is set, is that a story is to go wrong: nobody waits long
// for what is not to come.
const goesWrong = "STORY_GOES_WRONG"

// standsStill, where it is set, names a file: while that is there the program
// does nothing.
const standsStill = "STORY_STANDS_STILL"

// TestMain makes this test binary the program itself where a story says `exec
// tourbillon`.
func TestMain(m *testing.M) {
	program := func() {
		if still := os.Getenv(standsStill); still != "" {
			parent := os.Getppid() // it outlives nobody
			for _, err := os.Stat(still); err == nil && os.Getppid() == parent; _, err = os.Stat(still) {
				time.Sleep(10 * time.Millisecond)
			}
		}
		if os.Getenv(everyFlow) != "" {
			refusals = func(*knative.Manifests) map[booking.Flow]string { return nil }
		}
		if at := os.Getenv(theirIngress); at != "" {
			others = somebodys("bookings", at)
		}
		main()
	}
	testscript.Main(leakless{m}, map[string]func(){"tourbillon": program})
}

// stories is where the stories are, for strangers to read.
const stories = "testdata/stories"

// TestStories tells every story, on the manifests that are in the program, in
// the mode that is asked for.
func TestStories(t *testing.T) {
	m, ok := modes[*inMode]
	if !ok {
		t.Fatalf("-mode=%s: there is no such mode", *inMode)
	}
	tell(t, m)
}

// noon is a zone in which clocks show twelve-something at a time: hours that are
// to hold for as long as a story lasts are named in it.
func noon(at time.Time) string {
	west := at.UTC().Hour() - 12
	return fmt.Sprintf("Etc/GMT%+d", west)
}

// telling is what a story may say besides testscript's own words. manifests is
// the folder that its systems run; empty is those in the program. The variables
// named in env are set.
func telling(manifests string, env ...string) testscript.Params {
	words := map[string]func(*testscript.TestScript, bool, []string){
		"up": raise, "down": lower, "keep": keep, "named": named, "archive": archive, "wipe": wipe, "outside": besides, "crowd": crowd, "watchers": watchers, "mailed": mailed, "eventually": eventually, "sse": watch, "streamed": streamed, "manifests": write,
	}
	for _, method := range []string{"GET", "POST", "PUT", "HEAD", "DELETE"} {
		words[method] = exchange(method)
	}
	return testscript.Params{
		Cmds:                words,
		RequireExplicitExec: true,
		Condition:           conditions(mode{}),
		Setup: func(e *testscript.Env) error {
			e.Values[onStage{}] = new(stage)
			e.Setenv("MANIFESTS", manifests)
			e.Setenv("TOURBILLON_LOG", "error")
			e.Setenv("NOON", noon(time.Now()))
			for _, name := range env {
				e.Setenv(name, "yes")
			}
			return nil
		},
	}
}
