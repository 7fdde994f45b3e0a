package booking_test

import (
	"fmt"

	"tourbillon/internal/booking"
)

// pick chooses one of n ways; 0 is the way on which all goes well.
type pick func(n int) int

// choices picks every way there is, one after the other, with at most so many
// picks that are not 0.
type choices struct {
	tape, widths   []int
	at, odd, atOdd int
}

func (c *choices) pick(n int) int {
	if c.at == len(c.tape) {
		if c.atOdd == c.odd {
			n = 1
		}
		c.tape, c.widths = append(c.tape, 0), append(c.widths, n)
	}
	way := c.tape[c.at]
	c.at++
	if way != 0 {
		c.atOdd++
	}
	return way
}

// next turns to the next way, if there is one.
func (c *choices) next() bool {
	for i := len(c.tape) - 1; i >= 0; i-- {
		if c.tape[i]+1 < c.widths[i] {
			c.tape[i]++
			c.tape, c.widths, c.at, c.atOdd = c.tape[:i+1], c.widths[:i+1], 0, 0
			return true
		}
	}
	return false
}

// acts is a provider as a payment sees it.
type acts interface {
	act(booking.Call) booking.Word
}

// provider is a small model of a payment provider that keeps its contract:
// what is asked twice under one key happens once, and it never takes back what
// it said. What it decides is picked.
type provider struct {
	pick    pick
	created map[string]booking.Word // by key
	intents map[string]*intent
}

type intent struct {
	status  booking.IntentStatus
	code    string
	takes   int64
	refunds map[string]booking.RefundStatus // by key
	taken   int64                           // and not given back
	newest  string                          // the newest refund's key
	back    int64                           // and its amount
	byHand  bool                            // given back, by whoever looks after the account
}

func newProvider(p pick) *provider {
	return &provider{pick: p, created: make(map[string]booking.Word), intents: make(map[string]*intent)}
}

// taken is the money that the provider holds, and in how many intents.
func (p *provider) taken() (money int64, intents int) {
	for _, i := range p.intents {
		money += i.taken
		if i.status == booking.WordSucceeded {
			intents++
		}
	}
	return money, intents
}

func (p *provider) act(c booking.Call) booking.Word {
	if c.Verb == booking.VerbCreate {
		return p.create(c)
	}
	i := p.intents[c.Intent]
	if i == nil {
		return booking.Word{Status: booking.WordUnknown}
	}
	switch {
	case c.Verb == booking.VerbRefund:
		return p.refund(i, c)
	case c.Verb == booking.VerbConfirm && i.status == booking.WordUnconfirmed:
		i.decide(p.pick(5))
	case c.Verb == booking.VerbGet && i.status == booking.WordProcessing:
		i.decide(p.pick(5))
	case c.Verb == booking.VerbCancel && i.status == booking.WordProcessing:
		i.decide([]int{4, 3, 0, 1}[p.pick(4)])
	case c.Verb == booking.VerbCancel && i.status != booking.WordSucceeded:
		i.decide(4)
	}
	w := i.word(c.Intent)
	if c.Verb == booking.VerbGet && i.newest != "" {
		if i.refunds[i.newest] == booking.RefundDone && p.pick(2) == 1 { // the bank did not take it
			i.refunds[i.newest] = booking.RefundRefused
			i.taken += i.back
		}
		if i.refunds[i.newest] == booking.RefundRefused && !i.byHand && p.pick(2) == 1 { // somebody gave it back
			i.byHand = true
			i.taken -= i.back
		}
		if w.Refund = i.refunds[c.Refund]; w.Refund == booking.RefundRefused {
			w.Code = "refund_refused"
		}
		w.Returned = i.takes - i.taken
	}
	w.Disputed = c.Verb == booking.VerbGet && i.status == booking.WordSucceeded && p.pick(2) == 1
	return w
}

func (p *provider) create(c booking.Call) booking.Word {
	if w, twice := p.created[c.Key]; twice {
		if w.Intent == "" {
			return w
		}
		return p.intents[w.Intent].word(w.Intent)
	}
	w := booking.Word{Status: booking.WordUnconfirmed, Intent: fmt.Sprintf("pi-%d", len(p.created)+1)}
	switch p.pick(3) {
	case 1:
		w = booking.Word{Status: booking.WordDeclined, Code: "invalid_token"}
	case 2:
		w = booking.Word{Status: booking.WordDeclined, Code: "processing_error"}
	default:
		p.intents[w.Intent] = &intent{status: w.Status, takes: c.Amount.Amount, refunds: make(map[string]booking.RefundStatus)}
	}
	p.created[c.Key] = w
	return w
}

func (p *provider) refund(i *intent, c booking.Call) booking.Word {
	w := i.word(c.Intent)
	if i.refunds[c.Key] == "" || i.refunds[c.Key] == booking.RefundPending {
		i.refunds[c.Key] = []booking.RefundStatus{booking.RefundDone, booking.RefundPending, booking.RefundRefused}[p.pick(3)]
		i.newest, i.back = c.Key, c.Amount.Amount
		if i.refunds[c.Key] == booking.RefundDone {
			i.taken -= c.Amount.Amount
		}
	}
	if w.Refund = i.refunds[c.Key]; w.Refund == booking.RefundRefused {
		w.Code = "refund_refused"
	}
	return w
}

// decide brings an intent to one of its outcomes.
func (i *intent) decide(way int) {
	i.status = []booking.IntentStatus{
		booking.WordSucceeded, booking.WordDeclined, booking.WordDeclined, booking.WordProcessing, booking.WordCancelled,
	}[way]
	i.code = []string{"", "do_not_honor", "try_again_later", "", ""}[way]
	if way == 0 {
		i.taken = i.takes
	}
}

func (i *intent) word(id string) booking.Word {
	return booking.Word{Intent: id, Status: i.status, Code: i.code}
}

// madman answers any call with any word, as no provider should.
type madman struct{ pick pick }

var words = []booking.Word{
	{Status: booking.WordSucceeded},
	{Status: booking.WordUnconfirmed},
	{Status: booking.WordProcessing},
	{Status: booking.WordDeclined, Code: "try_again_later"},
	{Status: booking.WordDeclined, Code: "insufficient_funds"},
	{Status: booking.WordCancelled},
	{Status: booking.WordUnknown},
	{},
	{Status: booking.WordSucceeded, Refund: booking.RefundDone},
	{Status: booking.WordSucceeded, Refund: booking.RefundPending},
	{Status: booking.WordSucceeded, Refund: booking.RefundRefused, Code: "refund_refused"},
	{Status: booking.WordUnknown, Refund: booking.RefundDone},
	{Status: booking.WordSucceeded, Disputed: true},
}

func (m madman) act(c booking.Call) booking.Word {
	w := booking.Word{Status: booking.WordSucceeded}
	if way := m.pick(len(words) + 1); way > 0 {
		w = words[way-1]
	} else if c.Verb == booking.VerbCreate {
		w.Status = booking.WordUnconfirmed
	} else if c.Verb == booking.VerbRefund {
		w.Refund = booking.RefundDone
	}
	w.Intent = c.Intent
	if c.Verb == booking.VerbCreate && w.Status != booking.WordDeclined && w.Status != "" {
		w.Intent = "pi-of-" + c.Key
	}
	return w
}
