package sim

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// post is who sends messages. It counts what it has sent, and holds every
// attempt against the lease under which it is made.
type post struct {
	world   *World
	tries   map[string][]*try // by notification
	begun   map[string]int    // the newest, as its record counts
	letters []posted
	turns   map[string]int // that were taken, by customer and category
}

// try is one attempt to send a message, from the commit that began it.
type try struct {
	by      *flight
	until   time.Time // its lease's end
	sent    bool
	sure    bool // what came of it was told
	settled bool // and committed
}

// posted is a message that was sent.
type posted struct {
	record.Message
	at time.Time
}

// The chances of a turn that there is not, and of one that cannot be counted.
const (
	noTurn  = 0.05
	badTurn = 0.02
)

var errPost = errors.New("the provider of messages does not answer")

// doubtful reports whether nobody can know what came of the attempt, or nobody
// knew in time.
func (t *try) doubtful(now time.Time) bool {
	return !t.settled && (!t.sure || t.by.crashed || t.late(now))
}

// late reports whether its lease is over.
func (t *try) late(now time.Time) bool { return !now.Before(t.until) }

// committed notes what a commit of a notification begins or settles.
func (p *post) committed(by *flight, w store.Write) {
	var is struct {
		Lease store.Lease
		Entry booking.Notification
	}
	if json.Unmarshal(w.Entries[w.Key.ID], &is) != nil {
		return
	}
	n, key := is.Entry, w.Key.ID
	switch {
	case n.Sent == nil && n.Failed == nil && !n.Waits && n.Begun > p.begun[key]:
		p.begun[key] = n.Begun
		p.tries[key] = append(p.tries[key], &try{by: by, until: is.Lease.Until})
	case n.Sent != nil || n.Failed != nil || n.Waits:
		p.begun[key] = 0 // what was put off is counted anew
		if t := p.own(by, key); t != nil && t.sure {
			t.settled = true
		}
	}
}

// own is the newest attempt of a flight.
func (p *post) own(by *flight, key string) *try {
	for _, t := range slices.Backward(p.tries[key]) {
		if t.by == by {
			return t
		}
	}
	return nil
}

// send sends a message, or not, and says so, or not.
func (p *post) send(by *flight, m record.Message) (booking.Receipt, error) {
	w, t := p.world, p.own(by, m.Key)
	if t == nil {
		w.fail("a message is sent that nobody has begun: %s %s", m.Template, m.Key)
		t = &try{by: by, until: w.now}
	}
	if w.nobody[m.To] {
		t.sure = true
		return booking.Receipt{Refused: booking.BadAddress}, nil
	}
	wrong := -1
	if w.chance(w.Faults.Send) {
		wrong = w.rng.IntN(4)
		w.logf("PROVIDER fails, %s", []string{"and has not sent", "and will not before a second", "and nobody knows", "and has sent"}[wrong])
	}
	switch wrong {
	case 0, 1:
		t.sure = true
		return booking.Receipt{}, &outcome.NotSentError{Err: errPost, After: time.Duration(wrong) * time.Second}
	case 2:
		return booking.Receipt{}, errPost
	}
	err := p.deliver(t, m)
	if err == nil && wrong == 3 {
		err = errPost
	}
	if err != nil {
		return booking.Receipt{}, err
	}
	t.sure = true
	return booking.Receipt{ID: "at-the-provider-" + m.Key}, nil
}

// deliver sends it: once for each time it is asked, unless it knows its keys.
func (p *post) deliver(t *try, m record.Message) error {
	w := p.world
	before := slices.ContainsFunc(p.letters, func(l posted) bool { return l.Key == m.Key })
	if !w.Unkeyed {
		if _, err := w.mailbox.Send(context.Background(), m); err != nil || before {
			return err
		}
	}
	p.judge(t, m, before)
	w.logf("%-12s sends %s of %s", "PROVIDER", m.Channel, m.Template)
	t.sent = true
	p.letters = append(p.letters, posted{m, w.now})
	p.hook(m)
	return nil
}

// judge holds one more sending against those before: once it is known that a
// message was sent, or while somebody is at it, nobody sends it again.
func (p *post) judge(t *try, m record.Message, before bool) {
	w := p.world
	is := w.notification(m.Key)
	told := is.Delivered != nil || is.Bounced != nil // by the provider, whoever is at it
	if !told && (is.Sent != nil || is.Failed != nil) && !t.late(w.now) {
		w.fail("%s is sent by %s, and its record is %s already", m.Template, m.Channel, is.State())
	}
	if before && m.Category.Rule().Errs == booking.ErrOnce {
		w.fail("%s is sent twice by %s, and may be once at most", m.Template, m.Channel)
	}
	for _, other := range p.tries[m.Key] {
		if other != t && other.sent && !t.late(w.now) && !other.doubtful(w.now) {
			w.fail("%s is sent again by %s, and it was known that it had been", m.Template, m.Channel)
		}
	}
}

// Take implements notify.Turns: mostly there is one.
func (p *post) Take(_ context.Context, key string, _ int) (time.Duration, error) {
	w := p.world
	switch {
	case w.chance(noTurn):
		return time.Second + time.Duration(w.rng.Int64N(int64(2*time.Minute))), nil
	case w.chance(badTurn):
		return 0, errPost
	}
	p.turns[key]++
	return 0, nil
}
