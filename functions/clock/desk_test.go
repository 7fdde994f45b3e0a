package clock_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

var noon = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)

// desk is functions at one address, over a store in memory that counts its
// commits, at a time that the test sets.
type desk struct {
	store.Store
	t       *testing.T
	now     time.Time
	commits int
	records *store.Records
	receive arrow.Receiver
}

func open(t *testing.T, wire func(*desk) []arrow.Function) *desk {
	d := &desk{Store: memory.New(), t: t, now: noon}
	d.records = store.New(d)
	ports := arrow.Ports{
		Records: d.records, Now: d.clock, Log: slog.New(slog.DiscardHandler),
		Deadline: time.Minute, Lease: time.Minute,
	}
	d.receive = arrow.Serve("clock", ports, wire(d)...)
	return d
}

func (d *desk) clock() time.Time { return d.now }

// Commit counts.
func (d *desk) Commit(ctx context.Context, w store.Write) error {
	d.commits++
	return d.Store.Commit(ctx, w)
}

// event is n, as somebody says it now.
func (d *desk) event(n events.Name, data events.Data) events.Event {
	return events.Event{
		ID: "ask-" + string(n), Source: "/tourbillon/test", Subject: data.ID, Name: n, Time: d.now, Data: data,
		Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
}

// hear delivers e; nil is silence.
func (d *desk) hear(e events.Event) (*events.Event, error) {
	d.t.Helper()
	ce, err := events.Encode(e)
	if err != nil {
		d.t.Fatal(err)
	}
	out, err := d.receive(d.t.Context(), ce)
	if err != nil || out == nil {
		return nil, err
	}
	said, err := events.Decode(*out)
	if err != nil {
		d.t.Fatalf("%s is answered by what nobody can hear: %v", e.Name, err)
	}
	return &said, nil
}
