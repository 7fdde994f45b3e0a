package redis_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"tourbillon/internal/store"
	"tourbillon/internal/store/redis"
)

func TestOpen_refuses(t *testing.T) {
	locked := miniredis.RunT(t)
	locked.RequireAuth("secret")
	free := miniredis.RunT(t)
	for _, c := range []struct {
		says     string
		settings redis.Settings
		words    []string
	}{
		{"no URL", redis.Settings{}, []string{"URL"}},
		{"nobody there", redis.Settings{URL: "redis://127.0.0.1:1"}, []string{"does it run?"}},
		{"a URL that is none", redis.Settings{URL: "redis://user:secret@host:port"}, []string{"URL cannot be read", "port"}},
		{"a password that should be encoded", redis.Settings{URL: "redis://:secret/1@host:6379"}, []string{"percent-encode"}},
		{"one that looks like a port", redis.Settings{URL: "redis://:12/secret@host:6379"}, []string{"percent-encode"}},
		{"and like an option", redis.Settings{URL: "redis://:12?secret@host:6379"}, []string{"percent-encode"}},
		{"another scheme", redis.Settings{URL: "http://user:secret@host"}, []string{"scheme"}},
		{"an option", redis.Settings{URL: "redis://user:secret@host?pool_size=3"}, []string{"pool_size", "addr"}},
		{"a cluster's database", redis.Settings{URL: "redis://user:secret@host/3?addr=other:6379"}, []string{"database"}},
		{"a prefix with braces", redis.Settings{URL: "redis://" + free.Addr(), Prefix: "a{b}"}, []string{"brace"}},
		{"a wrong password", redis.Settings{URL: "redis://:not-secret@" + locked.Addr()}, []string{"password"}},
		{"no password", redis.Settings{URL: "redis://" + locked.Addr()}, []string{"needs a password"}},
		{"to wait for a disk where it cannot", redis.Settings{URL: "redis://" + free.Addr(), Durable: true}, []string{"WAITAOF", "7.2"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			s, err := redis.Open(t.Context(), c.settings)
			if err == nil {
				t.Error(s.Close())
			}
			contains(t, err, append(c.words, "open redis")...)
			if err != nil && strings.Contains(err.Error(), "secret") && !strings.Contains(err.Error(), "not-secret") {
				t.Errorf("%v shows a password", err)
			}
		})
	}
	t.Run("a server that is not there", func(t *testing.T) {
		_, err := redis.Open(t.Context(), redis.Settings{URL: "redis://" + address(t)})
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOpen_takes(t *testing.T) {
	locked := miniredis.RunT(t)
	locked.RequireUserAuth("app", "secret")
	s := openAt(t, redis.Settings{URL: "redis://app:secret@" + locked.Addr() + "/3", Prefix: "mine"})
	put(t, s, store.Write{Key: departure, Head: []byte("1")})
	if !locked.DB(3).Exists("mine:{s169}:departure:lyon-0900") {
		t.Errorf("the database has %q", locked.DB(3).Keys())
	}
}

// configured is a server that answers CONFIG GET, and perhaps WAITAOF.
func configured(t *testing.T, config map[string]string, disk func() int) *miniredis.Miniredis {
	t.Helper()
	m := miniredis.RunT(t)
	register := func(name string, do server.Cmd) {
		if err := m.Server().Register(name, do); err != nil {
			t.Fatal(err)
		}
	}
	register("CONFIG", func(c *server.Peer, _ string, args []string) {
		value, ok := config[args[len(args)-1]]
		if !ok {
			c.WriteError("NOPERM this user has no permissions to run the 'config|get' command")
			return
		}
		c.WriteMapLen(1)
		c.WriteBulk(args[len(args)-1])
		c.WriteBulk(value)
	})
	if disk != nil {
		register("WAITAOF", func(c *server.Peer, _ string, args []string) {
			c.WriteLen(2)
			c.WriteInt(disk())
			c.WriteInt(0)
		})
	}
	return m
}

func config(appendonly, fsync, rewrites, save, policy string) map[string]string {
	return map[string]string{
		"appendonly": appendonly, "appendfsync": fsync, "no-appendfsync-on-rewrite": rewrites, "save": save, "maxmemory-policy": policy,
	}
}

func TestOpen_durability(t *testing.T) {
	disk := func() int { return 1 }
	for _, c := range []struct {
		says    string
		config  map[string]string
		durable bool
		level   slog.Level
		word    string
		risks   int
	}{
		{"as we ship it", config("yes", "always", "no", "", "noeviction"), false, slog.LevelInfo, "keeps what it acknowledges", 0},
		{"every second", config("yes", "everysec", "no", "", "noeviction"), false, slog.LevelWarn, "appendfsync always", 1},
		{"every second, and commits wait", config("yes", "everysec", "no", "", "noeviction"), true, slog.LevelInfo, "waitaof=true", 0},
		{"never", config("yes", "no", "no", "", "noeviction"), false, slog.LevelWarn, "appendfsync always", 1},
		{"snapshots alone", config("no", "everysec", "no", "3600 1", "noeviction"), false, slog.LevelWarn, "last snapshot", 1},
		{"nothing at all", config("no", "everysec", "no", "", "noeviction"), false, slog.LevelWarn, "all is lost", 1},
		{"a log that is rewritten", config("yes", "always", "yes", "", "noeviction"), false, slog.LevelWarn, "no-appendfsync-on-rewrite no", 1},
		{"eviction", config("yes", "always", "no", "", "allkeys-lru"), false, slog.LevelWarn, "maxmemory-policy noeviction", 1},
		{"eviction of what expires, which is nothing", config("yes", "always", "no", "", "volatile-ttl"), false, slog.LevelInfo, "keeps", 0},
		{"eviction and snapshots", config("no", "no", "no", "3600 1", "allkeys-random"), false, slog.LevelWarn, "; records are thrown away", 2},
		{"a server that does not say", nil, false, slog.LevelWarn, "CONFIG GET is refused", 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			var log bytes.Buffer
			s := openAt(t, redis.Settings{
				URL: "redis://" + configured(t, c.config, disk).Addr(), Durable: c.durable, Log: slog.New(slog.NewTextHandler(&log, nil)),
			})
			line := log.String()
			if strings.Count(line, "\n") != 1 || !strings.Contains(line, "level="+c.level.String()) || !strings.Contains(line, c.word) {
				t.Errorf("log says %s", line)
			}
			d := s.Durability()
			if len(d.Risks()) != c.risks || d.Known != (c.config != nil) || d.Waits != c.durable {
				t.Errorf("got %+v with the risks %q", d, d.Risks())
			}
		})
	}
}

func TestStore_durable(t *testing.T) {
	onDisk, waited := 1, 0
	m := configured(t, config("yes", "everysec", "no", "", "noeviction"), func() int { waited++; return onDisk })
	s := openAt(t, redis.Settings{URL: "redis://" + m.Addr(), Durable: true})
	waited = 0
	t.Run("a commit waits for the disk, in its one round trip", func(t *testing.T) {
		before := s.RoundTrips()
		if err := s.Commit(t.Context(), store.Write{Key: departure, Head: []byte("1")}); err != nil {
			t.Fatal(err)
		}
		if waited != 1 || s.RoundTrips() != before+1 {
			t.Errorf("waited %d times in %d round trips", waited, s.RoundTrips()-before)
		}
	})
	t.Run("so does one to a server that does not know the script any more", func(t *testing.T) {
		m.FlushAll()
		flushScripts(t, m)
		put(t, s, store.Write{Key: departure, Head: []byte("1")})
		head(t, s, "1")
	})
	t.Run("a conflict is one", func(t *testing.T) {
		if err := s.Commit(t.Context(), store.Write{Key: departure, Head: []byte("2")}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a disk that does not come is unavailable", func(t *testing.T) {
		onDisk = 0
		err := s.Commit(t.Context(), store.Write{Key: store.Key{Record: "departure", ID: "nice"}, Head: []byte("1")})
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		contains(t, err, "disk")
	})
}

func ExampleDurability_Risks() {
	d := redis.Durability{Known: true, AppendOnly: true, Fsync: "everysec", Eviction: "noeviction"}
	fmt.Println(d.Risks())
	// Output: [up to two seconds of writes are lost when the machine dies: set appendfsync always]
}
