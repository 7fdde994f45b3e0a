package facts

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/realtime"
)

// Tail is a [realtime.Feed]: what is published to a history from now on. Every
// replica has one of its own, and reads all; run anew, it goes on where it was.
// Not safe for being run twice at once.
type Tail struct {
	History events.History
	Every   time.Duration // between two looks where nothing came; 0 is 25 ms
	Log     *slog.Logger  // nil is slog.Default

	cursor string
	begun  bool
}

// newest is a history that knows its end.
type newest interface {
	Newest(ctx context.Context) (cursor string, err error)
}

// page is how many facts are read at once.
const page = 500

// Run implements [realtime.Feed].
func (t *Tail) Run(ctx context.Context, deliver func(realtime.Change)) error {
	log := cmp.Or(t.Log, slog.Default())
	if err := t.begin(ctx); err != nil {
		return fmt.Errorf("find the history's end: %w", err)
	}
	for {
		ces, next, err := t.History.Read(ctx, t.cursor, page)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			t.begun = false // a cursor that the history has no more is of no use; what is missed is read
			return err
		}
		deliver(realtime.Change{})
		for _, ce := range ces {
			tell(ce, deliver, log)
		}
		if t.cursor = next; len(ces) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(cmp.Or(t.Every, 25*time.Millisecond)):
		}
	}
}

// tell delivers what a fact changes.
func tell(ce event.Event, deliver func(realtime.Change), log *slog.Logger) {
	e, err := events.Decode(ce)
	if err != nil {
		log.Debug("what is told is no fact of ours", "event", ce.ID(), "err", err)
		return
	}
	for _, c := range Changes(e) {
		deliver(c)
	}
}

// Overheard is a [realtime.Feed]: what a transport says to those who are there.
// Listen calls hear for each fact, and alive when it is sure to hear of one, now
// and every few seconds, until ctx ends or it must be begun anew.
type Overheard struct {
	Listen func(ctx context.Context, hear func(event.Event), alive func()) error
	Log    *slog.Logger // nil is slog.Default
}

// Run implements [realtime.Feed].
func (o Overheard) Run(ctx context.Context, deliver func(realtime.Change)) error {
	log := cmp.Or(o.Log, slog.Default())
	return o.Listen(ctx, func(ce event.Event) { tell(ce, deliver, log) }, func() { deliver(realtime.Change{}) })
}

// begin goes to the history's end: by what is there already, nobody is told
// anything that the records do not say. A history that does not know its end is
// read through.
func (t *Tail) begin(ctx context.Context) (err error) {
	if t.begun {
		return nil
	}
	t.cursor = ""
	if h, ok := t.History.(newest); ok {
		t.cursor, err = h.Newest(ctx)
		t.begun = err == nil
		return err
	}
	for {
		ces, next, err := t.History.Read(ctx, t.cursor, page)
		if err != nil {
			return err
		}
		if t.cursor = next; len(ces) == 0 {
			t.begun = true
			return nil
		}
	}
}
