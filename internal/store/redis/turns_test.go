package redis_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tourbillon/internal/store/redis"
)

func TestTurns(t *testing.T) {
	server := miniredis.RunT(t)
	at := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	server.SetTime(at)
	one, other := open(t, server), open(t, server)
	take := func(from redis.Turns) time.Duration {
		t.Helper()
		wait, err := from.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	t.Run("processes share them", func(t *testing.T) {
		a, b := one.Turns("sendgrid", 2), other.Turns("sendgrid", 2)
		if first, second := take(a), take(b); first != 0 || second != 0 {
			t.Errorf("%v, %v", first, second)
		}
		for range 3 { // who is told to wait has taken nothing
			if wait := take(a); wait <= 0 || wait > 500*time.Millisecond {
				t.Errorf("wait for %v", wait)
			}
		}
		server.SetTime(at.Add(501 * time.Millisecond))
		if wait := take(b); wait != 0 {
			t.Errorf("wait for %v", wait)
		}
		if wait := take(a); wait <= 0 {
			t.Error("one turn is taken twice")
		}
	})
	t.Run("another name has its own", func(t *testing.T) {
		if wait := take(one.Turns("mailgun", 2)); wait != 0 {
			t.Errorf("wait for %v", wait)
		}
	})
	t.Run("fewer than one each second", func(t *testing.T) {
		slow := one.Turns("twilio", 0.1)
		if first, second := take(slow), take(slow); first != 0 || second <= 9*time.Second || second > 10*time.Second {
			t.Errorf("%v, %v", first, second)
		}
	})
	t.Run("they are kept under the prefix, and not for ever", func(t *testing.T) {
		key := "rate:tourbillon:turns:twilio"
		if !server.Exists(key) || server.TTL(key) <= 0 {
			t.Errorf("%v, %v", server.Keys(), server.TTL(key))
		}
	})
	t.Run("a server that is gone says so", func(t *testing.T) {
		server.Close()
		began := time.Now()
		if _, err := one.Turns("sendgrid", 2).Take(t.Context()); err == nil || time.Since(began) > 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestShares(t *testing.T) {
	server := miniredis.RunT(t)
	at := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	server.SetTime(at)
	one, other := open(t, server).Shares("told"), open(t, server).Shares("told")
	take := func(from redis.Shares, key string) time.Duration {
		t.Helper()
		wait, err := from.Take(t.Context(), key, 12)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	t.Run("an hour's may be taken at once, by all processes together", func(t *testing.T) {
		for n := range 6 {
			if a, b := take(one, "camille:interest"), take(other, "camille:interest"); a != 0 || b != 0 {
				t.Errorf("turns %d: %v, %v", n, a, b)
			}
		}
	})
	t.Run("a key above its share waits", func(t *testing.T) {
		for range 3 { // who is told to wait has taken nothing
			if wait := take(one, "camille:interest"); wait <= 0 || wait > 5*time.Minute {
				t.Errorf("wait for %v", wait)
			}
		}
	})
	t.Run("and others do not", func(t *testing.T) {
		for _, key := range []string{"camille:receipt", "ada:interest"} {
			if wait := take(other, key); wait != 0 {
				t.Errorf("%s waits for %v", key, wait)
			}
		}
	})
	t.Run("until there is one", func(t *testing.T) {
		server.SetTime(at.Add(5*time.Minute + time.Second))
		if first, second := take(other, "camille:interest"), take(one, "camille:interest"); first != 0 || second <= 0 {
			t.Errorf("%v, %v", first, second)
		}
	})
	t.Run("each is kept for an hour at most", func(t *testing.T) {
		for _, key := range server.Keys() {
			if ttl := server.TTL(key); ttl <= 0 || ttl > time.Hour+time.Minute {
				t.Errorf("%s is kept for %v", key, ttl)
			}
		}
		server.FastForward(2 * time.Hour)
		if left := server.Keys(); len(left) != 0 {
			t.Errorf("%v are left", left)
		}
	})
	t.Run("a server that is gone says so", func(t *testing.T) {
		server.Close()
		if _, err := one.Take(t.Context(), "camille:interest", 12); err == nil {
			t.Error("it gives turns")
		}
	})
}
