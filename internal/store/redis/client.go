package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// The client's bounds.
const (
	dialTimeout = 2 * time.Second
	readTimeout = 3 * time.Second
	retries     = 3
	backoff     = 50 * time.Millisecond // doubles, with chance in it
	connections = 64                    // commands at once: what waits for the disk waits together
)

// errURL does not repeat anything of the URL. With a character in its password
// that should have been encoded, what looks like a port, a path or a query is
// part of the password.
var errURL = errors.New("the URL cannot be read: write it as redis://user:password@host:port/database, " +
	"and percent-encode what is odd in the password")

// connect makes the client; it connects when it is first used.
func connect(address string) (goredis.UniversalClient, error) {
	u, err := url.Parse(address)
	if err != nil || u.User == nil && u.Scheme != "unix" && strings.Contains(address, "@") {
		return nil, errURL
	}
	nodes := u.Query()["addr"]
	for option := range u.Query() {
		if option != "addr" {
			return nil, fmt.Errorf("the URL has the option %q: there is only addr, for the nodes of a cluster", option)
		}
	}
	u.RawQuery = ""
	one, err := goredis.ParseURL(u.String())
	if err != nil {
		return nil, fmt.Errorf("the URL cannot be used: %w", err)
	}
	if len(nodes) > 0 && one.DB != 0 {
		return nil, errors.New("the URL has a database: a cluster has none but 0")
	}
	return goredis.NewUniversalClient(&goredis.UniversalOptions{
		Addrs: append([]string{one.Addr}, nodes...), IsClusterMode: len(nodes) > 0,
		Username: one.Username, Password: one.Password, DB: one.DB, TLSConfig: one.TLSConfig,
		ClientName: "tourbillon", DisableIdentity: true,
		ContextTimeoutEnabled: true, DialTimeout: dialTimeout, ReadTimeout: readTimeout, WriteTimeout: readTimeout,
		MaxRetries: retries, MinRetryBackoff: backoff, MaxRetryBackoff: time.Second, DialerRetries: 1,
		PoolSize: connections, ReadBufferSize: bufferSize, WriteBufferSize: bufferSize,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}), nil
}

// bufferSize is a connection's, each way: most records fit.
const bufferSize = 16 << 10

// counter counts round trips.
type counter struct{ trips *atomic.Uint64 }

// DialHook leaves connecting as it is.
func (c counter) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook counts a command.
func (c counter) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		c.trips.Add(1)
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook counts a pipeline.
func (c counter) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		c.trips.Add(1)
		return next(ctx, cmds)
	}
}

// libraryLog is where the library says what it does by itself, such as
// connecting again. What fails comes back as an error besides.
type libraryLog struct{ log *slog.Logger }

// Printf implements the library's logger.
func (l libraryLog) Printf(ctx context.Context, format string, v ...any) {
	if l.log.Enabled(ctx, slog.LevelDebug) {
		l.log.DebugContext(ctx, "redis client", "says", fmt.Sprintf(format, v...))
	}
}
