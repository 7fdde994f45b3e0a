package post_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/breaker"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/provider/post"
	"tourbillon/internal/record"
)

// one is a provider that does as it is told, and counts.
type one struct {
	mu    sync.Mutex
	says  booking.Receipt
	err   error
	asked int
}

// Send implements [record.Messages].
func (o *one) Send(context.Context, record.Message) (booking.Receipt, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked++
	return o.says, o.err
}

func (o *one) now(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
}

func (o *one) calls() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked
}

func notSent(after time.Duration) error {
	return fmt.Errorf("far: %w", &outcome.NotSentError{Err: errors.New("answered 429"), After: after})
}

var errLost = errors.New("no answer")

// office is a post of two providers of mail.
type office struct {
	*post.Post
	first, second one
	counts        []string
	log           bytes.Buffer
}

func open(change func(all []post.Provider)) *office {
	o := new(office)
	o.first.says, o.second.says = booking.Receipt{ID: "1"}, booking.Receipt{ID: "2"}
	log := slog.New(slog.NewTextHandler(&o.log, nil))
	all := []post.Provider{
		{Name: "first", Messages: breaker.Messages(breaker.New("first", breaker.Settings{Log: slog.New(slog.DiscardHandler)}), &o.first)},
		{Name: "second", Messages: breaker.Messages(breaker.New("second", breaker.Settings{Log: slog.New(slog.DiscardHandler)}), &o.second)},
	}
	if change != nil {
		change(all)
	}
	o.Post = post.New(post.Settings{
		Channels: map[string][]post.Provider{"mail": all}, Log: log,
		Count: func(channel, provider, outcome string) {
			o.counts = append(o.counts, channel+" "+provider+" "+outcome)
		},
	})
	return o
}

func mail(c booking.Category) record.Message {
	return record.Message{Key: "k", BookingID: "booking-2", Channel: "mail", To: "ada@example.com", Subject: "Hush", Body: "Dear Ada", Category: c}
}

func TestSend(t *testing.T) {
	refused := booking.Receipt{Refused: booking.BadAddress}
	lost := errLost
	type far struct {
		says booking.Receipt
		err  error
	}
	for says, c := range map[string]struct {
		category      booking.Category
		first, second far
		want          booking.Receipt
		again         bool // an error that asks for it again
		asked         [2]int
		counts        string
	}{
		"the first takes it": {booking.CategoryEnding, far{}, far{}, booking.Receipt{ID: "1"}, false, [2]int{1, 0}, "mail first accepted"},
		"the second takes what the first has not sent": {
			booking.CategoryReceipt, far{err: notSent(0)}, far{}, booking.Receipt{ID: "2"}, false, [2]int{1, 1}, "mail first not_sent,mail second accepted"},
		"a recipient who is none is nobody else's either": {
			booking.CategoryEnding, far{says: refused}, far{}, refused, false, [2]int{1, 0}, "mail first refused"},
		"critical and unknown goes to the next": {
			booking.CategoryEnding, far{err: lost}, far{}, booking.Receipt{ID: "2"}, false, [2]int{1, 1}, "mail first unknown,mail second accepted"},
		"and is unknown where the next has not sent it": {
			booking.CategoryChange, far{err: lost}, far{err: notSent(0)}, booking.Receipt{}, true, [2]int{1, 1}, "mail first unknown,mail second not_sent"},
		"and where nobody knows": {
			booking.CategoryChange, far{err: lost}, far{err: lost}, booking.Receipt{}, true, [2]int{1, 1}, "mail first unknown,mail second unknown"},
		"a receipt that is unknown is asked for again, of the same": {
			booking.CategoryReceipt, far{err: lost}, far{}, booking.Receipt{}, true, [2]int{1, 0}, "mail first unknown"},
		"interest that is unknown is taken for sent": {
			booking.CategoryInterest, far{err: lost}, far{}, booking.Receipt{Unconfirmed: true}, false, [2]int{1, 0}, "mail first taken"},
		"and where nobody has sent it, it is not": {
			booking.CategoryInterest, far{err: notSent(0)}, far{err: notSent(0)}, booking.Receipt{}, true, [2]int{1, 1}, "mail first not_sent,mail second not_sent"},
		"a category that is none is erred on as interest is": {
			"", far{err: lost}, far{}, booking.Receipt{Unconfirmed: true}, false, [2]int{1, 0}, "mail first taken"},
	} {
		t.Run(says, func(t *testing.T) {
			o := open(nil)
			if c.first != (far{}) {
				o.first.says, o.first.err = c.first.says, c.first.err
			}
			if c.second != (far{}) {
				o.second.says, o.second.err = c.second.says, c.second.err
			}
			r, err := o.Send(t.Context(), mail(c.category))
			if r != c.want || (err != nil) != c.again {
				t.Errorf("got %+v, %v", r, err)
			}
			if asked := [2]int{o.first.calls(), o.second.calls()}; asked != c.asked {
				t.Errorf("asked %v, want %v", asked, c.asked)
			}
			if got := strings.Join(o.counts, ","); got != c.counts {
				t.Errorf("counted %s", got)
			}
			told := o.log.String()
			if err != nil {
				told += err.Error()
			}
			for _, secret := range []string{"ada@example.com", "Hush", "Dear"} {
				if strings.Contains(told, secret) {
					t.Errorf("%q is told: %s", secret, told)
				}
			}
			if code, _ := arrow.Status(err); err != nil && code != 503 {
				t.Errorf("a function answers %d", code)
			}
		})
	}
}

func TestSend_LogsWhoTookIt(t *testing.T) {
	o := open(nil)
	o.first.now(notSent(0))
	if _, err := o.Send(t.Context(), mail(booking.CategoryEnding)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"booking=booking-2", "channel=mail", "provider=second", "outcome=accepted", "id=2", `before="far: answered 429"`} {
		if !strings.Contains(o.log.String(), want) {
			t.Errorf("no %s in %s", want, o.log.String())
		}
	}
	if n := strings.Count(o.log.String(), "\n"); n != 1 {
		t.Errorf("%d lines", n)
	}
}

func TestSend_NobodyServesTheChannel(t *testing.T) {
	o := open(nil)
	m := mail(booking.CategoryEnding)
	m.Channel = "text"
	if r, err := o.Send(t.Context(), m); err != nil || r.Refused != "no_provider" {
		t.Errorf("%+v, %v", r, err)
	}
	if !slices.Equal(o.counts, []string{"text  refused"}) {
		t.Errorf("%q", o.counts)
	}
}

func TestSend_AsksAgainWhenTheFirstOfThemMayBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(nil)
		o.first.now(notSent(time.Minute))
		o.second.now(notSent(20 * time.Second))
		_, err := o.Send(t.Context(), mail(booking.CategoryEnding))
		if code, after := arrow.Status(err); code != 503 || after != 20*time.Second {
			t.Errorf("%d after %v: %v", code, after, err)
		}
		time.Sleep(5 * time.Second)
		t.Log("neither is asked before it said")
		_, err = o.Send(t.Context(), mail(booking.CategoryEnding))
		if _, after := arrow.Status(err); after != 15*time.Second || o.first.calls() != 1 || o.second.calls() != 1 {
			t.Errorf("after %v: %v, asked %d and %d", after, err, o.first.calls(), o.second.calls())
		}
		o.second.now(nil)
		time.Sleep(16 * time.Second)
		if r, err := o.Send(t.Context(), mail(booking.CategoryEnding)); err != nil || r.ID != "2" || o.first.calls() != 1 {
			t.Errorf("%+v, %v, asked %d", r, err, o.first.calls())
		}
		o.first.now(nil)
		time.Sleep(time.Minute)
		if r, err := o.Send(t.Context(), mail(booking.CategoryEnding)); err != nil || r.ID != "1" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestSend_RestsWhoSaysSoWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(nil)
		o.first.now(&arrow.AgainError{Err: errors.New("answered 503"), After: 30 * time.Second})
		for range 3 {
			if r, err := o.Send(t.Context(), mail(booking.CategoryEnding)); err != nil || r.ID != "2" {
				t.Errorf("%+v, %v", r, err)
			}
		}
		if n := o.first.calls(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestSend_AnOpenBreakerIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(nil)
		o.first.now(notSent(0))
		for range 10 {
			if r, err := o.Send(t.Context(), mail(booking.CategoryReceipt)); err != nil || r.ID != "2" {
				t.Fatalf("%+v, %v", r, err)
			}
			time.Sleep(300 * time.Millisecond)
		}
		if n := o.first.calls(); n >= 10 {
			t.Errorf("asked %d times", n)
		}
		o.second.now(notSent(0))
		_, err := o.Send(t.Context(), mail(booking.CategoryReceipt))
		if !errors.Is(err, breaker.ErrOpen) {
			t.Errorf("%v", err)
		}
		if r, err := o.Send(t.Context(), mail(booking.CategoryInterest)); err == nil {
			t.Errorf("what an open breaker did not let through is taken for sent: %+v", r)
		}
	})
}

func TestSend_NobodyIsAskedForWhoIsGone(t *testing.T) {
	o := open(nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := o.Send(ctx, mail(booking.CategoryInterest))
	if !errors.Is(err, context.Canceled) || o.first.calls()+o.second.calls() != 0 {
		t.Errorf("%+v, %v, asked %d", r, err, o.first.calls()+o.second.calls())
	}
}

func TestSend_WhoKnowsItsKeysIsAskedAgain(t *testing.T) {
	for _, c := range []booking.Category{booking.CategoryEnding, booking.CategoryReceipt, booking.CategoryInterest} {
		o := open(func(all []post.Provider) { all[0].Keyed = true })
		o.first.now(errLost)
		if r, err := o.Send(t.Context(), mail(c)); !errors.Is(err, errLost) || o.second.calls() != 0 {
			t.Errorf("%s: %+v, %v", c, r, err)
		}
	}
}
