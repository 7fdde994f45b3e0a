package redis_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
	"tourbillon/internal/store/redis"
	"tourbillon/internal/store/storetest"
)

// slot is a key's slot in a cluster: the CRC16 of what is between its first
// braces, or of all where there is nothing between them.
func slot(key string) uint16 {
	if _, rest, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(rest, "}"); ok && tag != "" {
			key = tag
		}
	}
	crc := uint16(0)
	for _, b := range []byte(key) {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc % 16384
}

func TestSlot(t *testing.T) {
	for key, want := range map[string]uint16{
		"123456789":         0x31C3 % 16384, // the check of CRC-16/XMODEM, which the cluster's specification names
		"foo":               12182,
		"{foo}.bar":         12182,
		"bar{}{foo}":        12774, // nothing between the first braces: all of it
		"a{foo}{bar}":       12182,
		"tourbillon:{foo}:": 12182,
	} {
		if got := slot(key); got != want {
			t.Errorf("%s is in slot %d, want %d", key, got, want)
		}
	}
}

// keysOf returns a command's keys, or an error for one that is not known here.
func keysOf(args []any) ([]string, error) {
	name := strings.ToLower(fmt.Sprint(args[0]))
	switch name {
	case "hmget", "hget", "zcard", "zrangebyscore":
		return []string{fmt.Sprint(args[1])}, nil
	case "evalsha", "eval":
		var keys []string
		for _, key := range args[3 : 3+args[2].(int)] {
			keys = append(keys, fmt.Sprint(key))
		}
		if len(keys) == 0 {
			return nil, fmt.Errorf("%s without a key", name)
		}
		return keys, nil
	case "ping", "info", "hello", "client", "config", "script", "subscribe", "unsubscribe":
		return nil, nil
	}
	return nil, fmt.Errorf("command %s: say here which of its words are keys", name)
}

// slotter is a hook that computes the slots of every command's keys.
type slotter struct {
	t  *testing.T
	mu sync.Mutex
	// asked counts commands by name, and slots by number.
	asked map[string]int
	slots map[uint16]int
}

func (s *slotter) look(cmd goredis.Cmder) {
	keys, err := keysOf(cmd.Args())
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[cmd.Name()]++
	for _, key := range keys {
		s.slots[slot(key)]++
		if slot(key) != slot(keys[0]) {
			s.t.Errorf("%s has keys in two slots: %q", cmd.Name(), keys)
		}
	}
}

func (s *slotter) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (s *slotter) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		s.look(cmd)
		return next(ctx, cmd)
	}
}

func (s *slotter) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		for _, cmd := range cmds {
			s.look(cmd)
		}
		return next(ctx, cmds)
	}
}

func TestSlots(t *testing.T) {
	s := &slotter{t: t, asked: make(map[string]int), slots: make(map[uint16]int)}
	st := open(t, miniredis.RunT(t))
	st.Hook(s)
	t.Run("all keys of a call are in one slot", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) store.Store { return st })
	})
	t.Run("the suite makes every call there is", func(t *testing.T) {
		for _, name := range []string{"hmget", "hget", "evalsha", "zcard", "zrangebyscore"} {
			if s.asked[name] == 0 {
				t.Errorf("%s was not called", name)
			}
		}
	})
	t.Run("shards are spread over the slots", func(t *testing.T) {
		if n := len(s.slots); n < 250 {
			t.Errorf("%d slots for %d shards", n, store.Shards)
		}
	})
}

// TestScripts_keys reads the scripts: what they call has a key that was given
// to them as one.
func TestScripts_keys(t *testing.T) {
	calls := regexp.MustCompile(`redis\.p?call\(('?\w+'?), ([^,)]+)`)
	for file, source := range redis.Sources {
		found := calls.FindAllStringSubmatch(source, -1)
		if n := strings.Count(source, "redis.call(") + strings.Count(source, "redis.pcall("); n == 0 || n != len(found) {
			t.Errorf("%s: understood %d of %d calls", file, len(found), n)
		}
		for _, call := range found {
			given := strings.HasPrefix(call[2], "KEYS[") || call[1] == "command" && call[2] == "key"
			if !given && call[1] != "'PUBLISH'" {
				t.Errorf("%s: %s has the key %s, which is not in KEYS", file, call[1], call[2])
			}
		}
		for _, given := range regexp.MustCompile(`write\('\w+', ([^)]+)\)`).FindAllStringSubmatch(source, -1) {
			if !strings.HasPrefix(given[1], "KEYS[") {
				t.Errorf("%s: writes to %s, which is not in KEYS", file, given[1])
			}
		}
		if strings.Contains(source, "cjson") || strings.Contains(source, "'TIME'") || strings.Contains(source, "math.random") {
			t.Errorf("%s: numbers lose digits in cjson; time and chance are arguments", file)
		}
	}
}
