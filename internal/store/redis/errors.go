package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
)

// troubles are the answers of a server that cannot serve now, and what a person
// can do about each.
var troubles = []struct{ says, advice string }{
	{"OOM ", "its memory is full, and it evicts nothing: raise maxmemory, or remove what is not Tourbillon's"},
	{"MISCONF ", "it cannot write to its disk: free some space, and see its log"},
	{"READONLY ", "it is a replica: name the primary"},
	{"LOADING ", "it is reading its data: it will be ready soon"},
	{"MASTERDOWN ", "it is a replica without a primary"},
	{"CLUSTERDOWN ", "part of the cluster is down"},
	{"TRYAGAIN ", "the cluster is moving this slot"},
	{"MOVED ", "the cluster is moving this slot"},
	{"ASK ", "the cluster is moving this slot"},
	{"ERR This instance has cluster support disabled", "it is no cluster: leave addr out of the URL"},
	{"NOREPLICAS ", "too few of its replicas are connected"},
	{"BUSY ", "somebody's script does not end: SCRIPT KILL ends it"},
	{"ERR max number of clients", "too many are connected: raise maxclients"},
	{"max number of clients", "too many are connected: raise maxclients"},
	{"NOAUTH ", "the URL needs a password"},
	{"WRONGPASS ", "the user or password in the URL is wrong"},
	{"NOPERM ", "its user may not do this: see ACL LIST"},
}

// commandTime is how long one call may take with all its tries. It is shorter
// than what [store.Records] has for a group.
const commandTime = 10 * time.Second

// bounded is a context for one call.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, commandTime)
}

// explain tells what an error means: the context's end as it is, a server that
// cannot serve as [store.ErrUnavailable], anything else as it came.
func explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ended := ended(ctx); ended != nil {
		return fmt.Errorf("%s: %w", doing, ended)
	}
	var said goredis.Error
	if !errors.As(err, &said) {
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) { // of the library's own, not the caller's
			return fmt.Errorf("%s: %w: %v", doing, store.ErrUnavailable, err)
		}
		return fmt.Errorf("%s: %w: %w", doing, store.ErrUnavailable, err)
	}
	text := said.Error()
	for _, t := range troubles {
		// Old servers say it in the middle: "ERR Error running script (...): -OOM ...".
		if strings.HasPrefix(text, t.says) || strings.Contains(text, "-"+t.says) {
			return fmt.Errorf("%s: %w: redis says %q: %s", doing, store.ErrUnavailable, firstWords(text), t.advice)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// firstWords is an answer without what servers add about a script.
func firstWords(text string) string {
	text, _, _ = strings.Cut(text, " script: ")
	return text
}

// ended returns the context's error, also where its time is up and the
// connection noticed that first.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if until, ok := ctx.Deadline(); ok && !time.Now().Before(until) {
		return context.DeadlineExceeded
	}
	return nil
}
