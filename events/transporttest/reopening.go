package transporttest

import (
	"context"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

var reopening = []check{
	{"what waits outlives Close", waitingOutlives},
	{"what is put off outlives Close, and its tries", putOffOutlives},
	{"dead letters outlive Close", deadOutlive},
	{"a second transport of the same space publishes to the first's subscriptions", twoTransports},
}

func waitingOutlives(b *bench) {
	if !b.promised(b.Durable, "to outlive Close") {
		return
	}
	b.declare("s", facts)
	b.publish(fact("one"), fact("two"))
	b.closeAndReopen()
	b.declare("s", facts)
	b.publish(fact("end"))
	if got, want := b.inbox("s").until("end"), []string{"one", "two", "end"}; !slices.Equal(got, want) {
		b.Errorf("got %q; want %q", got, want)
	}
}

func putOffOutlives(b *bench) {
	if !b.promised(b.Durable, "to outlive Close") {
		return
	}
	b.declare("s", facts)
	b.publish(fact("off"))
	in := b.inboxOf("s", func(context.Context, events.Delivery) events.Verdict {
		return events.Verdict{Again: 100 * time.Millisecond}
	})
	in.next("the event")
	in.stop()
	tries := 1 + len(in.got)
	b.closeAndReopen()
	b.declare("s", facts)
	if d := b.inbox("s").next("the event, again"); d.Tries != tries {
		b.Errorf("after reopening there were %d tries; want %d", d.Tries, tries)
	}
}

func deadOutlive(b *bench) {
	if !b.promised(b.Durable, "to outlive Close") {
		return
	}
	began := time.Now()
	b.declare("s", facts)
	b.publish(fact("one"), fact("two"))
	in := b.inboxOf("s", func(context.Context, events.Delivery) events.Verdict { return events.Verdict{Dead: "no"} })
	in.until("one", "two")
	in.stop()
	want := b.letters(began)
	b.closeAndReopen()
	if diff := cmp.Diff(want, b.letters(began)); diff != "" || len(want) != 2 {
		b.Errorf("two dead letters, before Close (-) and after (+):\n%s", diff)
	}
}

func twoTransports(b *bench) {
	if !b.promised(b.Durable, "to outlive Close") {
		return
	}
	b.declare("s", facts)
	in := b.inbox("s")
	b.reopen()
	b.publish(fact("from-the-second"))
	in.until("from-the-second")
}

func (b *bench) closeAndReopen() {
	b.Helper()
	b.wantErr("close", b.tr.Close(), nil)
	b.reopen()
}
