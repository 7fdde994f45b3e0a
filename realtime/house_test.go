package realtime_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tourbillon/realtime"
	"tourbillon/realtime/realtimetest"
)

func TestMain(m *testing.M) {
	realtimetest.Crowd()
	goleak.VerifyTestMain(m)
}

// sink is an outlet that takes everything at once, unless it is stalled.
type sink struct {
	client *realtime.Client
	mu     sync.Mutex
	still  bool
	woken  int
	got    []*realtime.Message
	closed []realtime.Closing
}

// Wake implements [realtime.Outlet]: as a door does, it takes elsewhere.
func (s *sink) Wake() { go s.take(true) }

func (s *sink) take(woken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if woken {
		s.woken++
	}
	for more := !s.still; more; {
		var some []*realtime.Message
		some, more = s.client.Take(make([]*realtime.Message, 0, 4))
		s.got = append(s.got, some...)
	}
}

// Close implements [realtime.Outlet].
func (s *sink) Close(why realtime.Closing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, why)
}

// ended is why it was closed, each time that it was.
func (s *sink) ended() []realtime.Closing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.closed)
}

// stall has the sink take nothing; flow has it take all that waits, and go on.
func (s *sink) stall() { s.still = true }

func (s *sink) flow() {
	s.still = false
	s.take(false)
}

// heard is a message as a client reads it.
type heard struct {
	Type, Topic, Epoch, Code string
	Version                  uint64
	Data                     json.RawMessage
	Topics                   []string
	Stale                    bool
}

func (s *sink) heard(t testing.TB) (all []heard) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.got {
		var h heard
		if err := json.Unmarshal(m.JSON, &h); err != nil {
			t.Fatalf("%s: %v", m.JSON, err)
		}
		all = append(all, h)
	}
	return all
}

// told is what was said of a topic: values as epoch@version, errors by their
// code, and how many members a group has.
func (s *sink) told(t testing.TB, topic realtime.Topic) (all []string) {
	t.Helper()
	for _, h := range s.heard(t) {
		switch {
		case h.Topic != topic.String():
		case h.Type == realtime.TypeValue:
			all = append(all, fmt.Sprintf("%s@%d", h.Epoch, h.Version))
		case h.Type == realtime.TypeError:
			all = append(all, h.Code)
		case h.Type == realtime.TypeMembers:
			all = append(all, fmt.Sprint(len(h.Topics), " members"))
		}
	}
	return all
}

func (s *sink) wants(t testing.TB, topic realtime.Topic, want ...string) {
	t.Helper()
	if got := s.told(t, topic); !slices.Equal(got, want) {
		t.Errorf("of %v it was told %v, want %v", topic, got, want)
	}
}

func (s *sink) subscribe(topic realtime.Topic) *sink {
	s.client.Subscribe(realtime.Command{Topic: topic.String()})
	return s
}

func (s *sink) resume(topic realtime.Topic, epoch string, version uint64) *sink {
	s.client.Subscribe(realtime.Command{Topic: topic.String(), Epoch: epoch, Version: &version})
	return s
}

// world is a truth, and a hub over it, in a bubble of its own time.
type world struct {
	*testing.T
	truth *realtimetest.Truth
	hub   *realtime.Hub
}

func inWorld(t *testing.T, o realtime.Options, test func(w world)) {
	synctest.Test(t, func(t *testing.T) {
		truth := realtimetest.NewTruth(1)
		o.Log = realtimetest.Quiet()
		w := world{T: t, truth: truth, hub: realtime.New(truth, truth, realtime.OperatorToken("secret"), o)}
		stop := realtimetest.Run(t, w.hub)
		synctest.Wait()
		test(w)
		stop()
	})
}

func (w world) join() *sink {
	w.Helper()
	s := new(sink)
	c, err := w.hub.Join(s, realtime.Info{Transport: "test"})
	if err != nil {
		w.Fatal(err)
	}
	s.client = c
	return s
}

func departure(n int) realtime.Topic {
	return realtime.Topic{Kind: realtime.Departure, ID: fmt.Sprintf("d-%d", n)}
}

var (
	lyon  = realtime.Topic{Kind: realtime.Tour, ID: "lyon"}
	tours = realtime.Topic{Kind: realtime.Tours}
)

// pass lets time pass, and everything happen that then does.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
