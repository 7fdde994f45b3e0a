package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
)

// errClosed is what is asked of a store that was closed.
var errClosed = fmt.Errorf("store is closed: %w", store.ErrUnavailable)

// patience is the times of waiting for news.
type patience struct {
	sweep  time.Duration // how long a channel is kept for nobody, to twice that
	quiet  time.Duration // after which the connection is asked for a sign of life
	dead   time.Duration // after which it is given up
	waiter time.Duration // after which a waiter looks again: not all losses are seen
}

var patient = patience{sweep: time.Second, quiet: 5 * time.Second, dead: 15 * time.Second, waiter: 10 * time.Second}

// news is the process's one subscription: to the channels of those records that
// somebody waits for. It begins with the first who waits.
//
//	join ─► topic ─► steer: SUBSCRIBE ─► listen: confirmed ─► listening is closed
//	                                     listen: message   ─► changed is closed
//	                                     listen: broken    ─► changed of all is closed
//
// What goes wrong on the connection wakes everybody, as news may have been lost.
type news struct {
	client goredis.UniversalClient
	ctx    context.Context
	cancel context.CancelFunc
	ended  sync.WaitGroup
	begin  sync.Once
	times  patience
	kick   chan struct{} // there are topics to ask for
	heard  atomic.Int64  // when something came, in nanoseconds

	mu     sync.Mutex
	topics map[string]*topic
}

// topic is a channel and who waits for it.
type topic struct {
	signs
	waiting int
	asked   bool // of the server
	idle    bool // at the last sweep
}

// signs are closed when the server has confirmed that we listen, and when the
// record was written or that may have been missed.
type signs struct{ listening, changed chan struct{} }

func newSigns() signs { return signs{make(chan struct{}), make(chan struct{})} }

func newNews(client goredis.UniversalClient) *news {
	n := &news{client: client, times: patient, kick: make(chan struct{}, 1), topics: make(map[string]*topic)}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	return n
}

// close ends listening.
func (n *news) close() {
	n.cancel()
	n.begin.Do(func() {}) // nobody begins any more
	n.ended.Wait()
}

// join is told of what happens on a channel from now on, until leave.
func (n *news) join(name string) signs {
	n.begin.Do(func() { n.ended.Go(n.run) })
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.topics[name]
	if t == nil {
		t = &topic{signs: newSigns()}
		n.topics[name] = t
		select {
		case n.kick <- struct{}{}:
		default:
		}
	}
	t.waiting++
	t.idle = false
	return t.signs
}

func (n *news) leave(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.topics[name].waiting--
}

// run listens on one connection after the other.
func (n *news) run() {
	for n.ctx.Err() == nil {
		sub := n.client.Subscribe(n.ctx)
		n.mu.Lock()
		for _, t := range n.topics {
			t.asked = false
		}
		n.mu.Unlock()
		n.heard.Store(time.Now().UnixNano())
		var steering sync.WaitGroup
		steering.Go(func() { n.steer(sub) })
		n.listen(sub)
		steering.Wait()
	}
}

// steer asks the server for what is waited for, and looks after the connection.
// It closes the subscription when that is dead, or in the end. A connection that
// breaks under it is met by listen too; the library makes another.
func (n *news) steer(sub *goredis.PubSub) {
	defer sub.Close()
	tick := time.NewTicker(n.times.sweep)
	defer tick.Stop()
	n.ask(sub)
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-n.kick:
			n.ask(sub)
		case <-tick.C:
			n.drop(sub)
			n.ask(sub) // what it could not ask for before
			switch silent := time.Since(time.Unix(0, n.heard.Load())); {
			case silent > n.times.dead:
				return
			case silent > n.times.quiet:
				_ = n.bounded(func(ctx context.Context) error { return sub.Ping(ctx) })
			}
		}
	}
}

// ask subscribes to the topics that are new.
func (n *news) ask(sub *goredis.PubSub) {
	var names []string
	n.mu.Lock()
	for name, t := range n.topics {
		if !t.asked {
			t.asked = true
			names = append(names, name)
		}
	}
	n.mu.Unlock()
	if len(names) == 0 || n.bounded(func(ctx context.Context) error { return sub.Subscribe(ctx, names...) }) == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, name := range names {
		if t := n.topics[name]; t != nil {
			t.asked = false
		}
	}
}

// drop ends the subscription to topics that nobody has waited for since the
// last sweep.
func (n *news) drop(sub *goredis.PubSub) {
	var names []string
	n.mu.Lock()
	maps.DeleteFunc(n.topics, func(name string, t *topic) bool {
		drop := t.idle && t.waiting == 0
		t.idle = t.waiting == 0
		if drop {
			names = append(names, name)
		}
		return drop
	})
	n.mu.Unlock()
	if len(names) > 0 {
		_ = n.bounded(func(ctx context.Context) error { return sub.Unsubscribe(ctx, names...) })
	}
}

func (n *news) bounded(do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(n.ctx, readTimeout)
	defer cancel()
	return do(ctx)
}

// listen hears until the subscription is closed.
func (n *news) listen(sub *goredis.PubSub) {
	defer n.lost()
	for {
		switch m, err := sub.Receive(n.ctx); m := m.(type) {
		case *goredis.Subscription:
			if m.Kind == "subscribe" {
				n.confirm(m.Channel)
			}
		case *goredis.Message:
			n.tell(m.Channel)
		case *goredis.Pong:
			n.heard.Store(time.Now().UnixNano())
		default:
			if errors.Is(err, goredis.ErrClosed) || n.ctx.Err() != nil {
				return
			}
			n.lost()
			select {
			case <-n.ctx.Done():
			case <-time.After(backoff):
			}
		}
	}
}

// confirm notes that the server tells us of a channel from now on. Where it did
// so before, the connection is another.
func (n *news) confirm(name string) {
	n.heard.Store(time.Now().UnixNano())
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.topics[name]
	if t == nil {
		return
	}
	select {
	case <-t.listening:
		t.tell()
	default:
		close(t.listening)
	}
}

// tell lets everybody go who waits for a channel.
func (n *news) tell(name string) {
	n.heard.Store(time.Now().UnixNano())
	n.mu.Lock()
	defer n.mu.Unlock()
	if t := n.topics[name]; t != nil {
		t.tell()
	}
}

func (t *topic) tell() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// lost lets everybody go: the connection broke, and nobody listens for now.
func (n *news) lost() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.topics {
		close(t.changed)
		t.signs = newSigns()
	}
}
