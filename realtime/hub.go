package realtime

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// ErrUnknown is a topic that stands for nothing: no such departure, tour or
// booking.
var ErrUnknown = errors.New("nothing has that topic")

// Change is news of a topic: its value after something happened. Without Data
// it says only that the value is another one now, and is to be read.
//
// Groups are those that the topic is a member of, as far as the news tells:
// a group that is watched gains it.
//
// The zero Change says that the feed lives, and nothing else.
type Change struct {
	Value
	Groups []Topic
}

// Feed tells what changes. Run calls deliver for every change, in any order and
// as often as it likes, and with the zero Change at least every few seconds
// while it is sure that it would hear of one; until ctx ends, or it must be
// run anew. deliver does not block and is safe for concurrent use.
type Feed interface {
	Run(ctx context.Context, deliver func(Change)) error
}

// Snapshots reads how things stand. Safe for concurrent use.
//
// Read returns a topic's value, or [ErrUnknown]; a value without an epoch is
// one that nobody counts the versions of: the hub does. Members returns the
// values of a group's members. What was committed before the call is in what
// they return. Ping reports whether they can be asked.
type Snapshots interface {
	Read(ctx context.Context, t Topic) (Value, error)
	Members(ctx context.Context, group Topic) ([]Value, error)
	Ping(ctx context.Context) error
}

// Options are a hub's settings. The zero value of each is its default.
type Options struct {
	Every         time.Duration // the least between two changes of a topic that are sent; 200 ms
	Sweep         time.Duration // how old a value may be that no feed confirmed, before it is read again; 30 s
	Poll          time.Duration // the same of values that nobody counts; 5 s
	Silence       time.Duration // after which a feed counts as dead; 10 s
	Linger        time.Duration // how long a topic is kept that nobody watches; 1 min
	Patience      time.Duration // how long one read may take; 5 s
	Readers       int           // reads at once; 32
	Subscriptions int           // topics that a connection may name; 100
	Log           *slog.Logger  // nil is slog.Default
}

func (o Options) filled() Options {
	o.Every = cmp.Or(o.Every, 200*time.Millisecond)
	o.Sweep = cmp.Or(o.Sweep, 30*time.Second)
	o.Poll = cmp.Or(o.Poll, 5*time.Second)
	o.Silence = cmp.Or(o.Silence, 10*time.Second)
	o.Linger = cmp.Or(o.Linger, time.Minute)
	o.Patience = cmp.Or(o.Patience, 5*time.Second)
	o.Readers = cmp.Or(o.Readers, 32)
	o.Subscriptions = cmp.Or(o.Subscriptions, 100)
	o.Log = cmp.Or(o.Log, slog.Default())
	return o
}

// Hub keeps the newest value of every topic that is watched, and tells those
// who watch. Make it with [New]; it lives while [Hub.Run] does. Safe for
// concurrent use.
type Hub struct {
	Options
	feed Feed
	from Snapshots
	auth Authorizer
	self string // the epoch of values that nobody else counts

	base  context.Context // ends with Run
	end   context.CancelFunc
	reads sync.WaitGroup

	mu       sync.Mutex // before a client's
	topics   map[string]*topic
	clients  map[*Client]struct{}
	last     uint64 // id of the newest client
	codecs   int
	queue    []*topic // to be read
	readers  int
	closed   bool
	draining bool
	woken    []*Client // to be woken when mu is let go: see unlock

	sight sight
	stats stats
}

// topic is what the hub knows of one. All is guarded by the hub's mu.
type topic struct {
	Topic
	name    string
	current *Message // nil until it was first read
	subs    []*sub
	members map[*topic]bool // of a group
	groups  int             // groups that have it as a member

	next  time.Time // not to be sent before
	timer *time.Timer
	due   bool // the timer runs

	queued  bool
	reading bool
	again   bool    // asked for while it was read
	early   *Change // the newest that came while it was read
	read    time.Time
	failed  time.Time // when reading it last did, if not since
	suspect time.Time // when something made it doubtful
	idle    time.Time // since when nobody watches
}

// New returns a hub. A nil auth is [OperatorToken] of nobody.
func New(feed Feed, from Snapshots, auth Authorizer, o Options) *Hub {
	if auth == nil {
		auth = OperatorToken("")
	}
	h := &Hub{
		Options: o.filled(), feed: feed, from: from, auth: auth, self: strings.ToLower(rand.Text()[:10]),
		topics: make(map[string]*topic), clients: make(map[*Client]struct{}),
	}
	h.base, h.end = context.WithCancel(context.Background())
	return h
}

// Codec adds a way to render messages; render is given each message once.
func (h *Hub) Codec(render func(*Message) any) *Codec {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.codecs == mostCodecs {
		panic("realtime: a hub has eight codecs at most")
	}
	h.codecs++
	return &Codec{n: h.codecs - 1, render: render}
}

// Run hears the feed and looks after the topics until ctx ends. It returns
// when everything that it began is over.
func (h *Hub) Run(ctx context.Context) error {
	h.sight.begin(time.Now())
	var parts sync.WaitGroup
	parts.Go(func() { h.hear(ctx) })
	parts.Go(func() { h.look(ctx) })
	<-ctx.Done()
	h.mu.Lock()
	h.closed = true
	for _, t := range h.topics {
		if t.timer != nil {
			t.timer.Stop()
		}
	}
	h.mu.Unlock()
	h.end()
	parts.Wait()
	h.reads.Wait()
	return nil
}

// open returns the topic, which is begun if nobody watches it yet.
func (h *Hub) open(t Topic) *topic {
	name := t.String()
	if known := h.topics[name]; known != nil {
		return known
	}
	fresh := &topic{Topic: t, name: name}
	if t.Group() {
		fresh.members = make(map[*topic]bool)
	}
	h.topics[name] = fresh
	h.readSoon(fresh)
	return fresh
}

// drop forgets a topic that nobody watches.
func (h *Hub) drop(t *topic) {
	delete(h.topics, t.name)
	if t.timer != nil {
		t.timer.Stop()
	}
	for m := range t.members {
		m.groups--
	}
	t.members = nil
}
