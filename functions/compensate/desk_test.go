package compensate_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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
	d.receive = arrow.Serve("compensate", ports, wire(d)...)
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

// says delivers e and wants the fact or command named.
func (d *desk) says(want events.Name, e events.Event) events.Event {
	d.t.Helper()
	out, err := d.hear(e)
	if err != nil || out == nil || out.Name != want {
		d.t.Fatalf("%s is answered by %+v, %v, want %s", e.Name, out, err, want)
	}
	return *out
}

// again asks e once more, later, under another id and trace: it wants the
// first answer word for word, and nothing written.
func (d *desk) again(e, first events.Event) {
	d.t.Helper()
	e.ID += "-again"
	e.Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	d.now = d.now.Add(time.Minute)
	commits := d.commits
	second := d.says(first.Name, e)
	if diff := cmp.Diff(first, second, cmpopts.IgnoreFields(events.Event{}, "CausationID", "Trace")); diff != "" {
		d.t.Errorf("%s is said in two ways (-first +second):\n%s", first.Name, diff)
	}
	if second.CausationID != e.ID || second.Trace[:35] != e.Trace[:35] {
		d.t.Errorf("%s has cause %q and trace %q, want the asker's", first.Name, second.CausationID, second.Trace)
	}
	if d.commits != commits {
		d.t.Errorf("a second %s writes", e.Name)
	}
}
