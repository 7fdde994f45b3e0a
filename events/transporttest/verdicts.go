package transporttest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

var verdicts = []check{
	{"what was done is not delivered again", doneIsDone},
	{"what is put off comes again, not before its time, and its tries are counted", again},
	{"what is put off does not hold up those behind it", againHoldsNobodyUp},
	{"what is put off for long does not hold up what is put off for less", longAndShort},
	{"what is put off waits for the next consumer", againForTheNext},
	{"what one subscription puts off or gives up, another gets once", againForOne},
	{"dead letters are kept whole, oldest first, and not delivered again", dead},
	{"a dead letter bears the marks that it was given, and nobody else's copy does", marked},
	{"a dead letter that was discarded is not listed again, and the others are", discarding},
	{"a panic has the event delivered again, after those behind it", panicking},
}

func doneIsDone(b *bench) {
	b.declare("s", facts)
	b.publish(fact("done"))
	in := b.inbox("s")
	in.until("done")
	silence(b, "what was done came again", in.got)
	in.stop()
	b.publish(fact("end"))
	if got := b.inbox("s").until("end"); !slices.Equal(got, []string{"end"}) {
		b.Errorf("the next consumer got %q; want only what was not done", got)
	}
}

func again(b *bench) {
	b.declare("s", facts)
	delays := []time.Duration{time.Millisecond, 2 * moment, 20 * time.Millisecond}
	type arrival struct {
		tries int
		since time.Duration
	}
	arrivals := make(chan arrival, 10)
	var putOff time.Time
	b.consume("s", func(_ context.Context, d events.Delivery) events.Verdict {
		arrivals <- arrival{d.Tries, time.Since(putOff)}
		if d.Tries >= len(delays) {
			return events.Verdict{}
		}
		putOff = time.Now()
		return events.Verdict{Again: delays[d.Tries]}
	})
	b.publish(fact("again"))
	for i := range len(delays) + 1 {
		a := await(b, "the next delivery", arrivals)
		if a.tries != i {
			b.Errorf("delivery %d says that there were %d before", i+1, a.tries)
		}
		if i > 0 && a.since < delays[i-1] {
			b.Errorf("put off for %v, it came after %v", delays[i-1], a.since)
		}
	}
}

func againHoldsNobodyUp(b *bench) {
	b.declare("s", facts)
	b.publish(fact("off"), fact("behind-1"), fact("behind-2"))
	in := b.inboxOf("s", func(_ context.Context, d events.Delivery) events.Verdict {
		if d.Event.ID() == "off" {
			return events.Verdict{Again: time.Hour}
		}
		return events.Verdict{}
	})
	want := []string{"off", "behind-1", "behind-2"}
	if got := in.until("behind-2"); !slices.Equal(got, want) {
		b.Errorf("got %q; want %q", got, want)
	}
	in.stop()
}

func longAndShort(b *bench) {
	b.declare("s", facts)
	b.publish(fact("long"), fact("short"))
	in := b.inboxOf("s", func(_ context.Context, d events.Delivery) events.Verdict {
		switch {
		case d.Event.ID() == "long":
			return events.Verdict{Again: time.Hour}
		case d.Tries == 0:
			return events.Verdict{Again: 10 * time.Millisecond}
		}
		return events.Verdict{}
	})
	in.until("long", "short")
	if d := in.next("the short one, again"); d.Event.ID() != "short" || d.Tries != 1 {
		b.Errorf("got %s after %d tries; want the short one after 1", d.Event.ID(), d.Tries)
	}
}

func againForTheNext(b *bench) {
	b.declare("s", facts)
	b.publish(fact("off"))
	in := b.inboxOf("s", func(context.Context, events.Delivery) events.Verdict {
		return events.Verdict{Again: 10 * time.Millisecond}
	})
	in.next("the event")
	in.stop()
	tries := 1 + len(in.got) // it may have come more than once by then
	if d := b.inbox("s").next("the event, again"); d.Tries != tries {
		b.Errorf("the next consumer is told of %d tries; want %d", d.Tries, tries)
	}
}

func againForOne(b *bench) {
	b.declare("patient", facts)
	b.declare("prompt", facts)
	b.publish(fact("off"), fact("dead"))
	patient := b.inboxOf("patient", func(_ context.Context, d events.Delivery) events.Verdict {
		if d.Event.ID() == "dead" {
			return events.Verdict{Dead: "no"}
		}
		return events.Verdict{Again: time.Millisecond}
	})
	patient.until("off", "dead", "off")
	b.publish(fact("end"))
	want := []string{"off", "dead", "end"}
	if got := b.inbox("prompt").until("end"); !slices.Equal(got, want) {
		b.Errorf("the other subscription got %q; want %q", got, want)
	}
}

func dead(b *bench) {
	b.declare("one", facts)
	b.declare("two", facts)
	began := time.Now()
	in := b.inboxOf("one", func(_ context.Context, d events.Delivery) events.Verdict {
		switch {
		case d.Event.ID() == "end":
			return events.Verdict{}
		case d.Event.ID() == "tried" && d.Tries < 2:
			return events.Verdict{Again: time.Millisecond}
		}
		return events.Verdict{Dead: `no: "` + d.Event.ID() + `" 100% ü`}
	})
	b.publish(fact("tried"))
	in.until("tried", "tried", "tried")
	ces, ids := numbered("dead", 3)
	b.publish(ces...)
	in.until(ids...)
	in.stop()
	second := b.inboxOf("two", func(context.Context, events.Delivery) events.Verdict { return events.Verdict{Dead: "two's reason"} })
	second.until(append(ids, "tried")...)
	second.stop()
	want := []letter{{"one", `no: "tried" 100% ü`, 2, wholeOf(fact("tried"))}}
	for i, ce := range ces {
		want = append(want, letter{"one", `no: "` + ids[i] + `" 100% ü`, 0, wholeOf(ce)})
	}
	for _, ce := range append(ces[:0:0], fact("tried"), ces[0], ces[1], ces[2]) {
		want = append(want, letter{"two", "two's reason", 0, wholeOf(ce)})
	}
	if diff := cmp.Diff(want, b.letters(began)); diff != "" {
		b.Errorf("dead letters wanted (-) and kept (+):\n%s", diff)
	}
	b.publish(fact("end"))
	if got := b.inbox("one").until("end"); !slices.Equal(got, []string{"end"}) {
		b.Errorf("the next consumer got %q; want no dead letter", got)
	}
}

func marked(b *bench) {
	b.declare("one", facts)
	b.declare("two", facts)
	sent := fact("marked")
	sent.SetExtension("hops", "3")
	b.publish(sent)
	in := b.inboxOf("one", func(context.Context, events.Delivery) events.Verdict {
		return events.Verdict{Dead: "no", Marks: map[string]string{"knativeerrorcode": "500", "hops": ""}}
	})
	in.until("marked")
	in.stop()
	want := fact("marked")
	want.SetExtension("knativeerrorcode", "500")
	for _, l := range b.deadLetters() {
		if diff := cmp.Diff(wholeOf(want), wholeOf(l.Event)); diff != "" {
			b.Errorf("the dead letter wanted (-) and kept (+):\n%s", diff)
		}
	}
	other := b.inboxOf("two", func(_ context.Context, d events.Delivery) events.Verdict {
		if _, ok := events.Attribute(d.Event, "knativeerrorcode"); ok {
			b.Error("another subscription's event is marked")
		}
		return events.Verdict{}
	})
	other.until("marked")
}

func discarding(b *bench) {
	b.declare("s", facts)
	ces, ids := numbered("dead", 3)
	b.publish(ces...)
	in := b.inboxOf("s", func(context.Context, events.Delivery) events.Verdict { return events.Verdict{Dead: "no"} })
	in.until(ids...)
	in.stop()
	kept := b.deadLetters()
	if len(kept) != 3 {
		b.Fatalf("%d dead letters; want 3", len(kept))
	}
	if kept[0].ID == "" || kept[0].ID == kept[1].ID || kept[1].ID == kept[2].ID || kept[0].ID == kept[2].ID {
		b.Errorf("the letters' ids are %q, %q and %q; want three", kept[0].ID, kept[1].ID, kept[2].ID)
	}
	b.wantErr("Discard", b.tr.Discard(b.Context(), kept[1].ID), nil)
	b.wantErr("Discard again", b.tr.Discard(b.Context(), kept[1].ID), events.ErrNoLetter)
	b.wantErr("Discard of what never was", b.tr.Discard(b.Context(), "no-such-letter"), events.ErrNoLetter)
	var left []string
	for _, l := range b.deadLetters() {
		left = append(left, l.ID)
	}
	if want := []string{kept[0].ID, kept[2].ID}; !slices.Equal(left, want) {
		b.Errorf("the dead letters %q are left; want %q", left, want)
	}
}

// letter is a dead letter, comparable with go-cmp.
type letter struct {
	Subscription, Reason string
	Tries                int
	Event                whole
}

// letters returns the dead letters; each must have been given up since began.
func (b *bench) letters(began time.Time) (ls []letter) {
	b.Helper()
	for _, l := range b.deadLetters() {
		ls = append(ls, letter{l.Subscription, l.Reason, l.Tries, wholeOf(l.Event)})
		if l.At.Before(began.Add(-time.Second)) || l.At.After(time.Now().Add(time.Second)) {
			b.Errorf("the dead letter %s is of %v; want between %v and now", l.Event.ID(), l.At, began)
		}
	}
	return ls
}

func panicking(b *bench) {
	b.declare("s", facts)
	b.publish(fact("bad"), fact("behind"))
	in := b.inboxOf("s", func(_ context.Context, d events.Delivery) events.Verdict {
		if d.Event.ID() == "bad" && d.Tries < 2 {
			panic("a planted panic")
		}
		return events.Verdict{}
	})
	want := []string{"bad 0", "behind 0", "bad 1", "bad 2"}
	var got []string
	for range want {
		d := in.next("the events, and twice more what handle panicked on")
		got = append(got, fmt.Sprint(d.Event.ID(), " ", d.Tries))
	}
	if !slices.Equal(got, want) {
		b.Errorf("events and their tries: got %q; want %q", got, want)
	}
}
