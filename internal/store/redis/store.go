package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
)

// Settings are where the server is and how it is used.
type Settings struct {
	// URL is redis://user:password@host:port/database, rediss:// for TLS, or
	// unix:// and a path. With ?addr=host:port, once or more, it is a Redis
	// Cluster of which these are some nodes. Sentinels are not asked.
	URL string
	// Prefix is what all keys begin with: "tourbillon" where it is empty. Systems
	// of different prefixes share a server without seeing each other.
	Prefix string
	// Durable has each commit wait until it is on the server's disk (WAITAOF,
	// Redis 7.2 and later). With appendfsync always that is so anyway.
	Durable bool
	// Log gets one line about durability when the store is opened, and at level
	// debug what the library says. Nil: nobody hears.
	Log *slog.Logger
}

// Store keeps records in Redis. Make one with [Open]. Safe for concurrent use.
type Store struct {
	client  goredis.UniversalClient
	keys    *keys
	news    *news
	durable bool
	trips   atomic.Uint64
	keeps   Durability
}

var _ store.Store = (*Store)(nil)

// Open connects to the server and asks how it keeps data. Close the store when
// it is no longer used.
func Open(ctx context.Context, s Settings) (*Store, error) {
	keys, err := newKeys(cmp.Or(s.Prefix, "tourbillon"))
	if err != nil {
		return nil, fmt.Errorf("open redis: %w", err)
	}
	log := s.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	goredis.SetLogger(libraryLog{log}) // of the process: the library has no other
	client, err := connect(s.URL)
	if err != nil {
		return nil, fmt.Errorf("open redis: %w", err)
	}
	st := &Store{client: client, keys: keys, durable: s.Durable}
	st.news = newNews(client)
	client.AddHook(counter{&st.trips})
	if err := st.greet(ctx, log); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// errNode is a URL that should name more than one server.
var errNode = errors.New("open redis: it is a node of a cluster: name a second one in the URL, as in redis://one:6379?addr=two:6379")

// greet sees that the server is there and does what it must.
func (s *Store) greet(ctx context.Context, log *slog.Logger) (err error) {
	if err := s.client.Ping(ctx).Err(); err != nil {
		what := "open redis"
		if broken := (*net.OpError)(nil); errors.As(err, &broken) {
			what += " (does it run?)"
		}
		return explain(ctx, what, err)
	}
	if _, one := s.client.(*goredis.Client); one && strings.Contains(s.client.Info(ctx, "cluster").Val(), "cluster_enabled:1") {
		return errNode
	}
	if err := s.give(ctx); err != nil {
		return explain(ctx, "open redis: load scripts", err)
	}
	if s.keeps, err = s.durability(ctx); err != nil {
		return explain(ctx, "open redis: ask for its settings", err)
	}
	if s.durable {
		if err := s.waits(ctx); err != nil {
			return explain(ctx, "open redis", err)
		}
		s.keeps.Waits = true
	}
	s.keeps.log(log)
	return nil
}

// Close ends all connections. Who waits in Await is told that the store is
// unavailable.
func (s *Store) Close() error {
	s.news.close()
	return s.client.Close()
}

// Durability is how the server keeps what it acknowledged, as it said at Open.
func (s *Store) Durability() Durability { return s.keeps }

// RoundTrips is how often a command, or a pipeline of them, was sent to the
// server, since Open. What the library sends again counts once; a new connection
// counts with its greeting.
func (s *Store) RoundTrips() uint64 { return s.trips.Load() }
