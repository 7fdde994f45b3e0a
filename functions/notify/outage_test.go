package notify_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/record"
)

// unsent is an error of a provider that has not sent it, and is to be asked again
// after that long.
func unsent(after time.Duration) error {
	return &arrow.AgainError{Err: &outcome.NotSentError{Err: errors.New("answered 503"), After: after}, After: after}
}

// round asks as often as whoever delivers does at once, and wants it put off by
// the last.
func (p *post) round(e events.Event) events.Event {
	p.T.Helper()
	for range 2 {
		var again *arrow.AgainError
		if out, err := p.Hear(e); out != nil || !errors.As(err, &again) {
			p.T.Fatalf("%+v, %v, want again", out, err)
		}
	}
	put := p.Says(events.SendDeferred, e)
	if put.Code != booking.DeferredProvider {
		p.T.Errorf("%+v", put)
	}
	return put
}

// TestNotify_Outage has nobody take a message: it is put off, for longer each
// time, and sent once when somebody does.
func TestNotify_Outage(t *testing.T) {
	for _, template := range []string{"booking.confirmed", "payment.succeeded", "tour.departure.changed"} {
		t.Run(template, func(t *testing.T) {
			p := openPost(t, camille("en"))
			p.offers()
			p.down = errors.New("the answer is lost")
			e := p.news(template)
			for i, wait := range []time.Duration{1, 2, 4, 8, 15, 15} {
				put := p.round(e)
				if got := put.Until.Sub(p.Now); got != wait*time.Minute || put.Attempt != i+1 {
					t.Errorf("put off the %dth time for %v", put.Attempt, got)
				}
				asked := p.asked
				p.Now = put.Until.Add(-time.Second)
				if again := p.Says(events.SendDeferred, e); again.ID != put.ID || p.asked != asked {
					t.Errorf("before, %+v is said, asked %d times", again, p.asked-asked)
				}
				p.Now = put.Until
			}
			p.down, p.asked = nil, 0
			said := p.Says(events.Sent, e)
			if p.Again(e, said); p.asked != 1 || p.mail().Asked != 1 {
				t.Errorf("asked %d times", p.asked)
			}
		})
	}
	t.Run("for as long as the provider says", func(t *testing.T) {
		p := openPost(t, camille("en"))
		p.offers()
		p.down = unsent(time.Hour)
		if put := p.round(p.news("booking.confirmed")); put.Until.Sub(p.Now) != time.Hour {
			t.Errorf("%+v", put)
		}
	})
	t.Run("what nobody took in three days has failed", func(t *testing.T) {
		p := openPost(t, camille("en"))
		p.offers()
		p.down = errors.New("down")
		e := p.news("booking.confirmed")
		for range 2 {
			if _, err := p.Hear(e); err == nil {
				t.Fatal("it is sent")
			}
		}
		p.Now = p.Now.Add(72 * time.Hour)
		if said := p.Says(events.SendFailed, e); said.Code != booking.DeferredProvider || !said.Step {
			t.Errorf("%+v", said)
		}
	})
}

// TestNotify_Outage_Once holds that what may come once at most is put off only
// where it was not sent for sure.
func TestNotify_Outage_Once(t *testing.T) {
	watching := func(t *testing.T, err error) *post {
		p := openPost(t, nil)
		p.offers()
		p.reads(customerID, func(r booking.Reader) booking.Reader { r.Contact = camille("en"); return r })
		p.down = err
		return p
	}
	t.Run("it is, and sent when it can be", func(t *testing.T) {
		p := watching(t, unsent(0))
		e := p.watched("tour.availability.low")
		put := p.round(e)
		p.down, p.Now = nil, put.Until
		if said := p.Says(events.Sent, e); said.Code != "" || p.mail().Asked != 1 {
			t.Errorf("%+v", said)
		}
	})
	t.Run("and else taken for sent", func(t *testing.T) {
		p := watching(t, errors.New("the answer is lost"))
		e := p.watched("tour.availability.low")
		if _, err := p.Hear(e); err == nil {
			t.Fatal("it is sent")
		}
		if said := p.Says(events.Sent, e); said.Code != booking.Unconfirmed || p.asked != 1 {
			t.Errorf("%+v, asked %d times", said, p.asked)
		}
	})
}

// TestNotify_ManyWait has many messages wait for a provider that is down, and
// each told once, by the clock alone, when it is back.
func TestNotify_ManyWait(t *testing.T) {
	const many = 60
	p := openPost(t, camille("en"))
	p.offers()
	p.down = unsent(0)
	for n := range many {
		e := p.news("payment.succeeded")
		e.Occurrence = fmt.Sprintf("fact%d", n)
		p.round(e)
	}
	p.down = nil
	sent := 0
	for hour := p.Now.Add(time.Hour); p.Now.Before(hour); p.Now = p.Now.Add(5 * time.Second) {
		lines, err := p.Records.Due(t.Context(), p.Now, time.Minute, 16)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			p.Says(events.Sent, p.Event(events.SendWake, events.Data{Message: l.Name[len("send:"):]}))
			sent++
		}
	}
	all, _, err := p.mailbox.List(t.Context(), "", 2*many)
	if err != nil || sent != many || len(all) != many {
		t.Errorf("%d woken, %d mails, %v", sent, len(all), err)
	}
	for _, m := range all {
		if m.Asked != 1 {
			t.Errorf("%s was sent %d times", m.Key, m.Asked)
		}
	}
}

var _ record.Unsent = (*outcome.NotSentError)(nil)
