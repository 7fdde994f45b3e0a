package transporttest

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tourbillon/events"
)

var planted = flag.String("fault", "", "the fault that TestFaulty runs the suite with; TestRun_Bites sets it")

func TestMain(m *testing.M) {
	flag.Parse()
	if *planted != "" {
		patience, moment = time.Second, 2*time.Second // no fault is missed where the machine stalls
		os.Exit(m.Run())
	}
	goleak.VerifyTestMain(m)
}

var everything = Features{Ordered: true, Bounded: true, AllOrNothing: true, Tells: true, Durable: true}

func TestRun_PassesABroker(t *testing.T) {
	s := &server{spaces: map[string]events.Transport{}}
	Run(t, everything, s.open)
}

// TestRun_Bites plants one fault after the other and wants the check that is
// named to turn red, in a process of its own.
func TestRun_Bites(t *testing.T) {
	for _, f := range faults {
		t.Run(f.does, func(t *testing.T) {
			t.Parallel()
			check := strings.ReplaceAll(f.caught, " ", "_")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.short", "-test.timeout=2m", "-test.run=^TestFaulty$/round/^"+check, "-fault="+f.does)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestFaulty/round_1/"+check) {
				t.Errorf("the fault was not caught by %q: %v\n%s", f.caught, err, out)
			}
		})
	}
}

// TestFaulty is what TestRun_Bites runs; by itself it does nothing.
func TestFaulty(t *testing.T) {
	for _, f := range faults {
		if f.does != *planted {
			continue
		}
		s := &server{spaces: map[string]events.Transport{}}
		Run(t, everything, func(t *testing.T, space string) events.Transport {
			if f.plant == nil {
				space = newSpace()
			}
			tr := &faulty{Transport: s.open(t, space)}
			if f.plant != nil {
				f.plant(tr)
			}
			return tr
		})
	}
}
