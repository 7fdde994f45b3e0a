package transporttest

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"tourbillon/events"
)

// Features is what a transport promises where the contract leaves it open. The
// zero value promises the contract and no more; checks of what is not promised
// are skipped.
type Features struct {
	Ordered      bool // the order published holds across partitionkeys too
	Bounded      bool // Subscription.Bound is kept and ErrFull is said
	AllOrNothing bool // of a Publish that fails, nobody has anything
	Tells        bool // a command that nobody wants is kept as a dead letter
	Durable      bool // what waits, is put off or was given up outlives Close
}

// Open opens a transport onto a space. Two transports of one space see the same
// subscriptions and events, as two processes at one broker do; those of two
// spaces have nothing in common. A space's name is of lower-case letters and
// digits, and never used by two runs. The suite closes what it opened.
type Open func(t *testing.T, space string) events.Transport

// check is a sentence that must be true of a transport.
type check struct {
	says string
	so   func(*bench)
}

// Run checks the transports that open opens. It runs everything three times at
// once (once with -short): what is shared and should not be shows itself so.
func Run(t *testing.T, f Features, open Open) {
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	for i := range rounds {
		t.Run(fmt.Sprintf("round %d", i+1), func(t *testing.T) {
			t.Parallel()
			for _, c := range checks() {
				t.Run(c.says, func(t *testing.T) {
					t.Parallel()
					c.so(newBench(t, f, open))
				})
			}
		})
	}
}

func checks() []check {
	var all []check
	for _, some := range [][]check{
		declaring, matching, sharing, contents, ordering, verdicts, stopping, closing, filling, loading, reopening,
	} {
		all = append(all, some...)
	}
	return all
}

func newSpace() string {
	return strings.ToLower(rand.Text()[:12])
}
