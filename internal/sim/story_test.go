package sim

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/booking"
	"tourbillon/saga"
)

var update = flag.Bool("update", false, "write the golden files anew")

// stories are the endings that a person may want to read, each in both flows.
var stories = []string{
	"tok_visa", "tok_declined", "tok_async", "tok_timeout", "sold_out", "cancel_late",
	"cancel_refund_fails", "cancel_refund_comes_back", "departure_cancelled", "expired", "completed",
	"asleep", "nobody_at_the_address", "stop_by_text", "start_by_text", "mail_arrives", "mail_comes_back", "moved", "tour_meets_elsewhere",
	"watched", "watched_comes_back", "seats_gone_at_dawn",
}

func caseOf(t *testing.T, name string) Case {
	for _, c := range Cases() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no case %s", name)
	return Case{}
}

// tell plays the case and returns its story, line by line: when (to the
// second), who hears what, and what is said.
func tell(t *testing.T, c Case, routes []saga.Route) (string, error) {
	var log strings.Builder
	c.Log, c.Routes, c.Replicas = &log, routes, 1
	w, err := New(c.Options)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Run()
	return seconds(t, log.String()) + fmt.Sprintf("\n%s\n", w.Outcomes()[0]), err
}

var leading = regexp.MustCompile(`(?m)^ *(\S+)  (.*?) *$`)

func seconds(t *testing.T, story string) string {
	return leading.ReplaceAllStringFunc(story, func(line string) string {
		m := leading.FindStringSubmatch(line)
		d, err := time.ParseDuration(m[1])
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%8s  %s", d.Truncate(time.Second), m[2])
	})
}

func golden(name string, flow booking.Flow) string {
	return filepath.Join("testdata", "stories", name+"."+string(flow)+".golden")
}

func TestStories(t *testing.T) {
	for _, name := range stories {
		for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
			t.Run(name+" by "+string(flow), func(t *testing.T) {
				c := caseOf(t, name)
				c.Flow = flow
				got, err := tell(t, c, nil)
				if err != nil {
					t.Error(err)
				}
				file := golden(name, flow)
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("the story is another (-want +got), -update if that is meant:\n%s", diff)
				}
			})
		}
	}
}
