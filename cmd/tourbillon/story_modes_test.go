package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tourbillon/events/rabbitmq"
	"tourbillon/knative"
)

// inMode is the mode in which TestStories tells its stories: any of modes.
var inMode = flag.String("mode", "embedded", "how the systems of TestStories stand: "+strings.Join(slices.Sorted(maps.Keys(modes)), ", "))

// mode is how the systems of stories stand: what `up` is told besides, and
// what is set. Every story has a name of its own, which nothing else on the
// servers has.
type mode struct {
	args   []string
	set    func(name string) []string // KEY=value; nil: nothing
	atOnce int                        // stories; 0: as many as tests
	few    bool                       // tell those of fewStories alone
	shared bool                       // work and history are one broker
	silent bool                       // of a command that no Trigger wants

	begin func(*stage)      // what is done at the beginning of each story; nil: nothing
	left  map[string]string // stories that are not told, and why
}

// Where the servers of the tests are.
const (
	testRedis  = "TOURBILLON_TEST_REDIS"
	testRabbit = "TOURBILLON_TEST_RABBITMQ"
	testKafka  = "TOURBILLON_TEST_KAFKA"
)

var modes = map[string]mode{
	"embedded": {},
	"isolate":  {args: []string{"--isolate", "--window=2s"}, atOnce: 3},
	"redis":    {set: onRedis, atOnce: 8},
	"rabbitmq": {set: onRabbit, shared: true, atOnce: 2, few: true},
	"kafka":    {set: onKafka, shared: true, silent: true, atOnce: 8},
	"both":     {set: onBoth, atOnce: 2},
	"servers":  {set: onAll, atOnce: 2},

	"isolated servers": {args: []string{"--isolate", "--window=2s"}, set: onAll, atOnce: 2, few: true},
}

func onRedis(name string) []string {
	return []string{"REDIS_URL=" + os.Getenv(testRedis), "REDIS_PREFIX=" + name}
}

func onRabbit(name string) []string {
	return []string{"RABBITMQ_URL=" + os.Getenv(testRabbit), "RABBITMQ_EXCHANGE=" + name, "RABBITMQ_QUEUE_PREFIX=" + name}
}

func onKafka(name string) []string {
	return []string{"KAFKA_BROKERS=" + os.Getenv(testKafka), "KAFKA_GROUP_ID=" + name, "KAFKA_TOPIC_PREFIX=" + name + "."}
}

func onBoth(name string) []string { return slices.Concat(onRabbit(name), onKafka(name)) }

func onAll(name string) []string { return slices.Concat(onRedis(name), onBoth(name)) }

// leave takes a story's queues off RabbitMQ, which gets slow by thousands of
// them. set is what the story's mode has set.
func leave(set []string) error {
	var s rabbitmq.Settings
	for _, one := range set {
		switch name, value, _ := strings.Cut(one, "="); name {
		case "RABBITMQ_URL":
			s.URL = value
		case "RABBITMQ_EXCHANGE":
			s.Exchange = value
		case "RABBITMQ_QUEUE_PREFIX":
			s.Queues = value
		}
	}
	if s.URL == "" {
		return nil
	}
	m, err := knative.Read(knative.Base())
	if err != nil {
		return err
	}
	var triggers []string
	for _, t := range m.Triggers {
		triggers = append(triggers, t.Name)
	}
	return rabbitmq.Remove(context.Background(), s, triggers...)
}

// fewStories are those that are told where others have told them all.
func fewStories() (files []string) {
	for _, name := range []string{
		"confirmed", "declined", "sold-out-choreography", "cancelled-orchestration", "paid-later-choreography", "departure-moved",
		"dead-letters", "message-stop-start", "charged-once-orchestration", "seats-live",
	} {
		files = append(files, filepath.Join(stories, name+".txtar"))
	}
	return files
}

// allBut are all stories but those that are left out.
func allBut(t *testing.T, left map[string]string) (files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(stories, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range left {
		file := filepath.Join(stories, name+".txtar")
		if !slices.Contains(all, file) {
			t.Errorf("there is no story %s to leave out", name)
		}
	}
	return slices.DeleteFunc(all, func(file string) bool { return left[strings.TrimSuffix(filepath.Base(file), ".txtar")] != "" })
}

// tell tells every story in a mode.
func tell(t *testing.T, m mode) {
	t.Helper()
	p := telling("")
	p.Dir = stories
	if m.few {
		p.Dir, p.Files = "", fewStories()
	}
	if m.left != nil {
		p.Dir, p.Files = "", allBut(t, m.left)
	}
	p.Condition = conditions(m)
	inside := p.Setup
	turns := make(chan struct{}, cmp.Or(m.atOnce, 100))
	p.Setup = func(e *testscript.Env) error {
		if err := inside(e); err != nil {
			return err
		}
		turns <- struct{}{}
		e.Defer(func() { <-turns })
		on := e.Values[onStage{}].(*stage)
		on.args = m.args
		if m.begin != nil {
			m.begin(on)
		}
		if m.set != nil {
			on.set = m.set("story-" + strings.ToLower(rand.Text()[:10]))
		}
		for _, s := range on.set {
			if name, value, _ := strings.Cut(s, "="); value == "" {
				return fmt.Errorf("%s would be empty: run `make brokers`, then `make integration`", name)
			}
		}
		e.Defer(func() {
			if err := leave(on.set); err != nil {
				t.Error(err)
			}
		})
		return nil
	}
	testscript.Run(t, p)
}

// conditions are what a story may ask of its mode: [told] is whether a command
// that no Trigger wants is told, as a dead letter; [shared], whether work and
// history are one broker; [isolated], whether functions are processes of their
// own.
func conditions(m mode) func(string) (bool, error) {
	return func(asked string) (bool, error) {
		switch asked {
		case "told":
			return !m.silent, nil
		case "shared":
			return m.shared, nil
		case "isolated":
			return slices.Contains(m.args, "--isolate"), nil
		}
		return false, fmt.Errorf("stories know of no %q", asked)
	}
}
