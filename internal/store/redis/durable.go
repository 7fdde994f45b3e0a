package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
)

// diskTime is how long a commit waits for the server's disk. It is shorter than
// the wait for an answer.
const diskTime = readTimeout - time.Second

// commitDurably commits and has the server wait until that is on its disk. Both
// go over one connection, as WAITAOF speaks of the writes of its own.
func (s *Store) commitDurably(ctx context.Context, keys []string, args []any) (made bool, err error) {
	commit := goredis.NewIntCmd(ctx, call(commitScript, keys, args...)...)
	disk := goredis.NewIntSliceCmd(ctx, "waitaof", 1, 0, diskTime.Milliseconds())
	if err := s.pipe(ctx, commit, disk); err != nil {
		return false, err
	}
	switch {
	case commit.Val() != 1:
		return false, nil
	case len(disk.Val()) == 0 || disk.Val()[0] < 1:
		return false, fmt.Errorf("%w: redis has not written it to its disk after %v", store.ErrUnavailable, diskTime)
	}
	return true, nil
}

// errWaits says why a server cannot be asked to wait for its disk.
var errWaits = errors.New("redis cannot be asked to wait for its disk (WAITAOF): that needs Redis 7.2 with appendonly yes, and no cluster; appendfsync always needs no waiting")

// waits reports whether commits can wait for the server's disk.
func (s *Store) waits(ctx context.Context) error {
	server, ok := s.client.(*goredis.Client)
	if !ok {
		return errWaits
	}
	err := server.WaitAOF(ctx, 1, 0, time.Second).Err()
	var said goredis.Error
	if errors.As(err, &said) {
		return fmt.Errorf("%w: redis says %q", errWaits, said.Error())
	}
	return err
}
