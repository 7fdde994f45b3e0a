package kafka_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/events/kafka"
)

func TestConsume_Strangers(t *testing.T) {
	at := fake(t)
	var log buffer
	tr, c := open(t, settings(at, &log)), client(t, at)
	declare(t, tr, "all", nil)
	declare(t, tr, "commands", events.Filter{"kind": "command"})
	all, _ := inbox(t, tr, "all")
	some, _ := inbox(t, tr, "commands")
	put(t, c, "commands", "k", `{"specversion":"1.0","id":"s","source":"/them","type":"booking.request","data":{"seats":2}}`,
		"content-type", "application/cloudevents+json; charset=utf-8")
	put(t, c, "commands", "", `{"seats":2}`, "ce_specversion", "1.0", "ce_id", "b", "ce_source", "/them", "ce_type", "booking.request",
		"content-type", "application/json", "theirs", "x")
	t.Run("structured and binary mode are the same event", func(t *testing.T) {
		for range 2 {
			ce := await(t, "the strangers' events", all).Event
			if want := `{"seats":2}`; string(ce.Data()) != want || ce.Type() != "booking.request" || ce.DataContentType() != "application/json" {
				t.Errorf("got %v", ce)
			}
		}
	})
	raw := "\x00not an event\xff"
	put(t, c, "commands", "k", raw)
	put(t, c, "commands", "k", raw, "ce_specversion", "9.9", "ce_id", "x", "ce_source", "/them", "ce_type", "t", "ce_kind", "command")
	publish(t, tr, command("behind"))
	t.Run("what is no event is in nobody's way, and is kept once, whoever reads it", func(t *testing.T) {
		for _, in := range []chan events.Delivery{all, some} {
			if d := await(t, "the event behind", in); d.Event.ID() != "behind" {
				t.Errorf("got %s", d.Event.ID())
			}
		}
		var list []events.DeadLetter
		eventually(t, "two dead letters", func() bool {
			list, _ = tr.DeadLetters(t.Context())
			return len(list) == 2
		})
		for _, l := range list {
			if l.Event.Type() != kafka.Unreadable || string(l.Event.Data()) != raw || !strings.HasPrefix(l.Reason, "not a CloudEvent: ") {
				t.Errorf("got %s of %v", l.Reason, l.Event)
			}
		}
		if err := tr.Discard(t.Context(), list[0].ID); err != nil {
			t.Error(err)
		}
		if left, _ := tr.DeadLetters(t.Context()); len(left) != 1 {
			t.Errorf("%d are left; want 1", len(left))
		}
	})
}

func command(id string) event.Event {
	ce := named(id, "k", events.SpotsReserve)
	ce.SetExtension("kind", "command")
	ce.SetExtension("to", "reserve")
	return ce
}

func TestConsume_WhatIsDoneBehindWhatWaits(t *testing.T) {
	s := settings(fake(t), io.Discard)
	s.Partitions = 1
	tr := open(t, s)
	declare(t, tr, "s", facts)
	count := map[string]int{}
	var mu sync.Mutex
	got := make(chan string, 100)
	handle := func(d events.Delivery) events.Verdict {
		mu.Lock()
		defer mu.Unlock()
		count[d.Event.ID()]++
		got <- fmt.Sprint(d.Event.ID(), " ", d.Tries)
		switch {
		case d.Event.ID() == "long":
			return events.Verdict{Again: time.Hour}
		case d.Tries == 0:
			return events.Verdict{Again: time.Millisecond}
		}
		return events.Verdict{}
	}
	stop := consume(t, tr, "s", handle)
	publish(t, tr, fact("long", "a"))
	await(t, "the long one", got)
	publish(t, tr, fact("short", "b"))
	for await(t, "the short one, again", got) != "short 1" {
	}
	stop()
	tr.Close()

	tr = open(t, s)
	declare(t, tr, "s", facts)
	consume(t, tr, "s", handle)
	publish(t, tr, fact("end", "c"))
	for await(t, "the end, again", got) != "end 1" {
	}
	mu.Lock()
	defer mu.Unlock()
	if want := map[string]int{"long": 1, "short": 2, "end": 2}; fmt.Sprint(count) != fmt.Sprint(want) {
		t.Errorf("deliveries: %v; want %v", count, want)
	}
	lag, err := tr.Lag(t.Context())
	if err != nil || lag["s"] < 1 {
		t.Errorf("lag %v, %v; want what waits, at least", lag, err)
	}
}

func TestDeclare_AnotherFilter(t *testing.T) {
	at := fake(t)
	var log buffer
	first, second := open(t, settings(at, io.Discard)), open(t, settings(at, &log))
	declare(t, first, "s", facts)
	got, stop := inbox(t, first, "s")
	publish(t, first, fact("one", "k"))
	await(t, "the first's event", got)
	other := events.Filter{"kind": "fact", "flow": "choreography"}
	declare(t, second, "s", other)
	others, _ := inbox(t, second, "s")
	eventually(t, "word of the conflict", func() bool { return len(log.lines("another filter")) > 0 })
	publish(t, first, fact("two", "k"))
	if d := await(t, "the first's second event", got); d.Event.ID() != "two" || len(others) > 0 {
		t.Errorf("the first got %s, the second %d events", d.Event.ID(), len(others))
	}
	stop()
	publish(t, first, fact("three", "k"))
	if d := await(t, "the event after the first stopped", others); d.Event.ID() != "three" {
		t.Errorf("the second got %s", d.Event.ID())
	}
}

// Who stops while it still looks through what it fetched commits what is done.
func TestConsume_StopAmidAFetch(t *testing.T) {
	s := settings(fake(t), io.Discard)
	s.Partitions = 1
	tr := open(t, s)
	declare(t, tr, "s", events.Filter{"kind": "fact", "flow": "orchestration"})
	wanted := func(id string) event.Event {
		ce := fact(id, "k")
		ce.SetExtension("flow", "orchestration")
		return ce
	}
	publish(t, tr, wanted("first"))
	for n := range 700 {
		publish(t, tr, fact(fmt.Sprint("of the other flow ", n), "k"))
	}
	ctx, stop := context.WithCancel(t.Context())
	err := tr.Consume(ctx, "s", func(context.Context, events.Delivery) events.Verdict {
		stop()
		return events.Verdict{}
	})
	if err != nil {
		t.Fatal(err)
	}
	publish(t, tr, wanted("last"))
	got, _ := inbox(t, tr, "s")
	if d := await(t, "the last event", got); d.Event.ID() != "last" {
		t.Errorf("got %s", d.Event.ID())
	}
}
