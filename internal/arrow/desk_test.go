package arrow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/storetest"
)

const (
	id    = "q7Xw2LrT9vKcMz4J"
	short = "q7Xw2LrT"
)

var nine = time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)

// desk is what functions are given in tests: a store that fails on command, a
// clock that moves on command, a log and measurements to look at.
type desk struct {
	arrow.Ports
	*storetest.Faulty
	t    testing.TB
	now  time.Time
	log  bytes.Buffer
	seen []arrow.Observation
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, now: nine, Faulty: &storetest.Faulty{Store: memory.New()}}
	d.Ports = arrow.Ports{
		Records: store.New(d.Faulty), Now: func() time.Time { return d.now },
		Log:      slog.New(slog.NewJSONHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Deadline: 10 * time.Second, Lease: 30 * time.Second,
		Observe: func(o arrow.Observation) { d.seen = append(d.seen, o) },
	}
	return d
}

// lines are the log's, each as its keys and values.
func (d *desk) lines() (lines []map[string]any) {
	d.t.Helper()
	for text := range bytes.Lines(d.log.Bytes()) {
		var line map[string]any
		if err := json.Unmarshal(text, &line); err != nil {
			d.t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

func keys(line map[string]any) []string { return slices.Sorted(maps.Keys(line)) }

// row reads a record's entry for the booking.
func (d *desk) row(kind, recordID string) (head, entry string) {
	d.t.Helper()
	row, err := d.Records.Read(d.t.Context(), store.Key{Record: kind, ID: recordID}, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(row.Head), string(row.Entry)
}

// due are the names of the lines that have fallen due.
func (d *desk) due() (names []string) {
	d.t.Helper()
	lines, err := d.Records.Due(d.t.Context(), d.now, time.Nanosecond, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, l := range lines {
		names = append(names, l.Name)
	}
	return names
}

func asks(n events.Name) events.Event {
	e := events.Event{
		ID: "asker-1", Source: "/tourbillon/saga", Name: n, Subject: id, Time: nine,
		Data: events.Data{Booking: booking.Booking{ID: id, DepartureID: "lyon-0900", Seats: 2, Status: booking.StatusPending}},
	}
	spec, _ := events.Lookup(n)
	e.To = spec.To
	return e
}

func encoded(t testing.TB, e events.Event) event.Event {
	t.Helper()
	ce, err := events.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return ce
}

// function is any function, by what it does.
type function struct {
	names []events.Name
	do    func(context.Context, events.Event) (*events.Event, error)
}

func (f function) Names() []events.Name { return f.names }

func (f function) Handle(ctx context.Context, _ arrow.Ports, e events.Event) (*events.Event, error) {
	return f.do(ctx, e)
}

// reserves takes tour.spots.reserve, and does so.
func reserves(do func(context.Context, events.Event) (*events.Event, error)) function {
	return function{[]events.Name{events.SpotsReserve}, do}
}
