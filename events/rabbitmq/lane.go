package rabbitmq

import (
	"context"
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	lanes  = 4    // channels that are published on
	window = 256  // messages of one call that wait for their confirms
	room   = 4096 // returned messages that nobody has looked at
)

// outgoing is a message on its way out.
type outgoing struct {
	exchange, key string
	msg           amqp.Publishing
}

// fate is what became of it.
type fate byte

const (
	unknown  fate = iota // sent or not: it is to be sent again
	stored               // by every queue that it was for
	returned             // no queue wants it
	refused              // a queue is full, or could not store it; others may have it
)

// lane is one channel that is published on. The order of one call is kept.
type lane struct {
	link    *link
	s       *session
	last    atomic.Uint64 // number of the newest publishing
	heard   atomic.Int64  // when a confirm came last, in nanoseconds
	returns chan amqp.Return

	mu   sync.Mutex
	back map[string]time.Time // publishings that were returned, by number, and when they were noted
}

func newLane(ctx context.Context, on *link) (*lane, error) {
	l := &lane{link: on, returns: make(chan amqp.Return, room), back: map[string]time.Time{}}
	heard, confirmed := false, false
	s, err := on.open(ctx, func(s *session, _ int) error {
		if confirmed {
			return nil // the library has put confirms on again
		}
		if !heard {
			s.ch.NotifyReturn(l.returns)
			heard = true
		}
		err := s.ch.Confirm(false)
		confirmed = err == nil
		return err
	})
	l.s = s
	return l, err
}

// returned reports whether a publishing that was confirmed had been returned.
// Its return came before its confirm, so it is among returns at the latest.
func (l *lane) returned(number string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note()
	_, was := l.back[number]
	delete(l.back, number)
	return was
}

func (l *lane) note() {
	for len(l.returns) > 0 {
		r, open := <-l.returns
		if !open {
			return
		}
		l.back[r.CorrelationId] = time.Now()
	}
}

// mind sees to it that there is room among returns, even if those who published
// have gone, and forgets what they will not ask for. It ends with ctx.
func (l *lane) mind(ctx context.Context) {
	tick := time.NewTicker(time.Second) // the library drops a return that finds no room for five
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			l.mu.Lock()
			l.note()
			maps.DeleteFunc(l.back, func(_ string, at time.Time) bool { return now.Sub(at) > time.Hour })
			l.mu.Unlock()
		}
	}
}

// pending is a publishing that waits for its confirm.
type pending struct {
	place   int // in the messages and their fates
	number  string
	confirm *amqp.DeferredConfirmation
}

// send publishes messages, again where their fate is unknown, until it is
// known of all of them. An error leaves some unknown.
func (l *lane) send(ctx context.Context, out []outgoing, fates []fate) error {
	for {
		if err := l.link.unblocked(ctx); err != nil {
			return err
		}
		life, ended, err := l.s.await(ctx)
		if err != nil {
			return err
		}
		known, err := l.settle(ctx, life, ended, l.put(life, out, fates), fates)
		if known || err != nil {
			return err
		}
	}
}

// try publishes one message, and waits for its confirm. It tells in which life.
func (l *lane) try(ctx context.Context, out outgoing) (fate, int, error) {
	if err := l.link.unblocked(ctx); err != nil {
		return unknown, 0, err
	}
	life, ended, err := l.s.await(ctx)
	if err != nil {
		return unknown, 0, err
	}
	one, fates := []outgoing{out}, []fate{unknown}
	known, err := l.settle(ctx, life, ended, l.put(life, one, fates), fates)
	if err == nil && !known {
		err = errGone
	}
	return fates[0], life, err
}

// put publishes what has no fate yet. What it could not is missing in waiting.
func (l *lane) put(life int, out []outgoing, fates []fate) (waiting []pending) {
	waiting = make([]pending, 0, len(out))
	_ = l.s.use(life, func(ch *amqp.Channel) error {
		for i := range out {
			if fates[i] != unknown {
				continue
			}
			number := strconv.FormatUint(l.last.Add(1), 36)
			out[i].msg.CorrelationId = number
			confirm, err := ch.PublishWithDeferredConfirm(out[i].exchange, out[i].key, true, false, out[i].msg)
			if err != nil {
				return err
			}
			waiting = append(waiting, pending{i, number, confirm})
		}
		return nil
	})
	return waiting
}

// settle waits for the confirms. It reports false where the life ended before
// they had come: then what has no fate may or may not have been stored.
func (l *lane) settle(ctx context.Context, life int, ended <-chan struct{}, waiting []pending, fates []fate) (known bool, err error) {
	for _, p := range waiting {
		select {
		case <-p.confirm.Done():
		default:
			select {
			case <-p.confirm.Done():
			case <-ended:
			case <-ctx.Done():
				return false, ctx.Err()
			}
		}
		l.heard.Store(time.Now().UnixNano())
		switch {
		case p.confirm.Acked() && l.returned(p.number):
			fates[p.place] = returned
		case p.confirm.Acked():
			fates[p.place] = stored
		case l.s.is(life):
			fates[p.place] = refused
		}
	}
	for _, f := range fates {
		if f == unknown {
			return false, nil
		}
	}
	return true, nil
}
