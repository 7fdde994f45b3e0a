package redis

import (
	"context"
	"math"
	"time"

	rate "github.com/go-redis/redis_rate/v10"
)

// Turns are how often something may be done, by all processes that share the
// server and the prefix together. Make them with [Store.Turns]. Safe for
// concurrent use.
type Turns struct {
	limiter *rate.Limiter
	key     string
	limit   rate.Limit
}

// turnTime bounds one question: who asks has something to do.
const turnTime = time.Second

// Turns returns so many turns each second under a name, saved up for one second,
// and always for one turn. Whoever uses the name must say the same number. The
// clock is the server's.
func (s *Store) Turns(name string, perSecond float64) Turns {
	return Turns{rate.NewLimiter(s.client), s.keys.turns(name), rate.Limit{
		Rate: 1, Period: time.Duration(float64(time.Second) / perSecond), Burst: max(1, int(math.Ceil(perSecond))),
	}}
}

// Take takes a turn and returns 0, or takes none and returns how long it is until
// there is one. An error is that nobody knows.
func (t Turns) Take(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	got, err := t.limiter.Allow(ctx, t.key, t.limit)
	if err != nil {
		return 0, explain(ctx, "take a turn", err)
	}
	return max(0, got.RetryAfter), nil // below 0: it was taken
}

// Shares are turns of many, each by a key: so many each hour, which may be taken
// at once. Make them with [Store.Shares]. Safe for concurrent use.
type Shares struct {
	limiter *rate.Limiter
	key     func(string) string
}

// Shares returns the turns under a name.
func (s *Store) Shares(name string) Shares {
	return Shares{rate.NewLimiter(s.client), func(key string) string { return s.keys.turns(name + ":" + key) }}
}

// Take is [Turns.Take] for one key.
func (s Shares) Take(ctx context.Context, key string, perHour int) (time.Duration, error) {
	return Turns{s.limiter, s.key(key), rate.PerHour(perHour)}.Take(ctx)
}
