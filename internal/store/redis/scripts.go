package redis

import (
	"context"
	_ "embed" // the scripts
	"errors"

	goredis "github.com/redis/go-redis/v9"
)

var (
	//go:embed commit.lua
	commitSource string
	//go:embed page.lua
	pageSource string
	//go:embed claim.lua
	claimSource string

	commitScript = goredis.NewScript(commitSource)
	pageScript   = goredis.NewScript(pageSource)
	claimScript  = goredis.NewScript(claimSource)
)

// call is a command that runs a script by its hash, on keys of one slot.
func call(script *goredis.Script, keys []string, args ...any) []any {
	c := append(make([]any, 0, 3+len(keys)+len(args)), "evalsha", script.Hash(), len(keys))
	for _, key := range keys {
		c = append(c, key)
	}
	return append(c, args...)
}

// pipe sends commands together, in one round trip to each server, and leaves
// the answers in them. A server that does not know the scripts is given them
// and asked again what it could not answer.
func (s *Store) pipe(ctx context.Context, cmds ...goredis.Cmder) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	todo := cmds
	for given := false; ; given = true {
		p := s.client.Pipeline()
		for _, cmd := range todo {
			cmd.SetErr(nil)
			_ = p.Process(ctx, cmd) // a pipeline only notes it
		}
		if _, err := p.Exec(ctx); alone(err) != nil {
			return err
		}
		todo = unknown(todo)
		if len(todo) == 0 || given {
			return failed(cmds)
		}
		if err := s.give(ctx); err != nil {
			return err
		}
	}
}

// give has the server, or each of a cluster, keep the scripts.
func (s *Store) give(ctx context.Context) error {
	for _, script := range []*goredis.Script{commitScript, pageScript, claimScript} {
		if err := script.Load(ctx, s.client).Err(); err != nil {
			return err
		}
	}
	return nil
}

// unknown returns the commands whose script the server does not know.
func unknown(cmds []goredis.Cmder) (left []goredis.Cmder) {
	for _, cmd := range cmds {
		if goredis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
			left = append(left, cmd)
		}
	}
	return left
}

// failed returns the first error of commands that were answered.
func failed(cmds []goredis.Cmder) error {
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil && !errors.Is(err, goredis.Nil) {
			return err
		}
	}
	return nil
}

// alone is the error of a pipeline where it is not one of its commands'.
func alone(err error) error {
	var said goredis.Error
	if errors.As(err, &said) {
		return nil
	}
	return err
}
