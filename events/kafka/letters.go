package kafka

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"

	"tourbillon/events"
)

// kept is for how long dead letters are listed.
const kept = letterDays * 24 * time.Hour

// letters are the dead letters of one broker, in the topic dead-letters, which
// is a log of letters and of markers that take letters off.
type letters struct {
	t      *Transport
	broker string
}

var _ events.Letters = (*letters)(nil)

// Letters keeps the dead letters of a broker of that name, this one or
// another, in the topic dead-letters. It ends with the transport.
func (t *Transport) Letters(broker string) events.Letters { return &letters{t, broker} }

// DeadLetters implements [events.Transport]: those of [Settings].Broker.
func (t *Transport) DeadLetters(ctx context.Context) ([]events.DeadLetter, error) {
	return t.letters.DeadLetters(ctx)
}

// Discard implements [events.Transport].
func (t *Transport) Discard(ctx context.Context, letter string) error {
	return t.letters.Discard(ctx, letter)
}

func (ls *letters) topic() string { return ls.t.Prefix + deadLetters }

func (ls *letters) headers(l events.DeadLetter) []kafka.Header {
	return []kafka.Header{
		text(broker, ls.broker), text(subscription, l.Subscription), text(reason, words(l.Reason)), number(tries, l.Tries), moment(givenUp, l.At),
	}
}

// record is a letter as it is written.
func (ls *letters) record(l events.DeadLetter) (record, error) {
	r, err := encode(l.Event)
	if err != nil {
		return record{}, err
	}
	return r.with(ls.topic(), ls.headers(l)...), nil
}

// Keep implements [events.Letters].
func (ls *letters) Keep(ctx context.Context, l events.DeadLetter) error {
	if err := ls.t.enter(ctx); err != nil {
		return err
	}
	defer ls.t.calls.Done()
	r, err := ls.record(l)
	if err == nil {
		err = explain(ls.t.write(ctx, r))
	}
	if err != nil {
		return fmt.Errorf("keep dead letter: %w", err)
	}
	return nil
}

// DeadLetters implements [events.Letters]: it reads the whole topic.
func (ls *letters) DeadLetters(ctx context.Context) ([]events.DeadLetter, error) {
	if err := ls.t.enter(ctx); err != nil {
		return nil, err
	}
	defer ls.t.calls.Done()
	list, err := ls.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	return list, nil
}

// Discard implements [events.Letters].
func (ls *letters) Discard(ctx context.Context, letter string) error {
	if err := ls.t.enter(ctx); err != nil {
		return err
	}
	defer ls.t.calls.Done()
	list, err := ls.list(ctx)
	if err != nil {
		return fmt.Errorf("discard %q: %w", letter, err)
	}
	for _, l := range list {
		if l.ID != letter {
			continue
		}
		marker := record{place: place{topic: ls.topic()}, key: letter, headers: []kafka.Header{text(broker, ls.broker), text(discards, letter)}}
		if err := ls.t.write(ctx, marker); err != nil {
			return fmt.Errorf("discard %q: %w", letter, err)
		}
		return nil
	}
	return fmt.Errorf("discard %q: %w", letter, events.ErrNoLetter)
}

// list returns the letters that were not taken off.
func (ls *letters) list(ctx context.Context) ([]events.DeadLetter, error) {
	places, err := ls.t.client.places(ctx, []string{ls.topic()})
	if err != nil {
		return nil, err
	}
	first, err := ls.t.client.bounds(ctx, oldest, places)
	if err != nil {
		return nil, err
	}
	last, err := ls.t.client.bounds(ctx, newest, places)
	if err != nil {
		return nil, err
	}
	found := shelf{broker: ls.broker, gone: map[string]bool{}, seen: map[string]bool{}, after: time.Now().Add(-kept)}
	for _, at := range places {
		for from := first[at]; from < last[at]; {
			gots, err := ls.t.client.fetch(ctx, []ask{{at, from}}, roomWait, func(r *record, value func()) {
				value()
				found.put(r)
			})
			if err != nil {
				return nil, err
			}
			for _, g := range gots {
				if g.err != nil {
					return nil, g.err
				}
				if g.next == from {
					return nil, fmt.Errorf("read %s/%d: nothing at %d, and the end is %d", at.topic, at.partition, from, last[at])
				}
				from = g.next
			}
		}
	}
	return found.letters(), nil
}

// shelf gathers letters and takes off those that are discarded.
type shelf struct {
	broker string
	after  time.Time
	list   []events.DeadLetter
	gone   map[string]bool
	seen   map[string]bool // unreadable records, by the id of their event
}

func (s *shelf) put(r *record) {
	if r.header(broker) != s.broker {
		return
	}
	if id := r.header(discards); id != "" {
		s.gone[id] = true
		return
	}
	at, err := time.Parse(time.RFC3339Nano, r.header(givenUp))
	if err != nil || at.Before(s.after) {
		return
	}
	ce, err := r.decode()
	if err != nil {
		ce = r.unreadable()
	}
	l := events.DeadLetter{
		ID: fmt.Sprintf("%d-%d", r.partition, r.offset), Event: ce, Subscription: r.header(subscription), Reason: r.header(reason), At: at,
	}
	l.Tries, _ = strconv.Atoi(r.header(tries))
	if ce.Type() == Unreadable {
		if s.seen[ce.ID()] { // every subscription that came by put it there
			return
		}
		s.seen[ce.ID()] = true
	}
	s.list = append(s.list, l)
}

func (s *shelf) letters() (left []events.DeadLetter) {
	for _, l := range s.list {
		if !s.gone[l.ID] {
			left = append(left, l)
		}
	}
	return left
}
