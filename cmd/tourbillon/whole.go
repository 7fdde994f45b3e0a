package main

import (
	"context"
	"errors"

	"tourbillon/internal/restore"
)

// errLost is an archive without the records that it is of. Whoever hears an
// event then answers as if nothing had ever been, and the archive keeps that.
var errLost = errors.New("the store is empty and the archive is not: if the records were lost, run `tourbillon up -deliver=false` and " +
	"`tourbillon audit rebuild` (docs/operations.md); if they were to go, and the archive may tell two stories, add -anew")

// errUnfinished is a store that has some of the records.
var errUnfinished = errors.New("a rebuild was begun and not ended, so records are missing: run `tourbillon up -deliver=false` and " +
	"`tourbillon audit rebuild` again (docs/operations.md)")

// whole refuses records that are not all there; anew allows none at all.
func (l *local) whole(ctx context.Context, anew bool) error {
	switch {
	case restore.Unfinished(ctx, l.records):
		return errUnfinished
	case !anew && l.lost(ctx):
		return errLost
	}
	return nil
}

// lost reports whether the records are gone, of which the archive tells some.
// The archive is asked first: what is in it was in a record before. That it
// could not be seen is no reason not to start.
func (l *local) lost(ctx context.Context) bool {
	facts, _, err := l.history.Read(ctx, "", 1)
	return err == nil && len(facts) > 0 && restore.Empty(ctx, l.records) == nil
}
