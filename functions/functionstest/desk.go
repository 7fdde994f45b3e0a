package functionstest

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

// Noon is the time at which every desk opens.
var Noon = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)

// The traces of who asks first, and of who asks again.
const (
	firstTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	againTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
)

// Desk is functions at one address, over a store in memory that counts its
// commits, at a time that the test sets. It is that store. Make it with
// [Open].
type Desk struct {
	store.Store
	T       *testing.T
	Now     time.Time // set it at will; [Desk.Again] moves it on
	Commits int       // how many were asked of the store, conflicts included
	Records *store.Records
	Receive arrow.Receiver // takes what [Desk.Event] cannot say
}

// Open serves what wire returns at the address name, at [Noon]. Wire is given
// the desk before it can hear: its records and its clock, for what the
// functions need.
func Open(t *testing.T, name string, wire func(*Desk) []arrow.Function) *Desk {
	d := &Desk{Store: memory.New(), T: t, Now: Noon}
	d.Records = store.New(d)
	ports := arrow.Ports{
		Records: d.Records, Now: d.Clock, Log: slog.New(slog.DiscardHandler),
		Deadline: time.Minute, Lease: time.Minute,
	}
	d.Receive = arrow.Serve(name, ports, wire(d)...)
	return d
}

// Clock returns Now, for those who ask a function for the time.
func (d *Desk) Clock() time.Time { return d.Now }

// Commit counts, and commits.
func (d *Desk) Commit(ctx context.Context, w store.Write) error {
	d.Commits++
	return d.Store.Commit(ctx, w)
}

// Event is n, as somebody says it now. Its id is that of every n: change it
// to ask for something else.
func (d *Desk) Event(n events.Name, data events.Data) events.Event {
	return events.Event{
		ID: "ask-" + string(n), Source: "/tourbillon/test", Subject: data.ID, Name: n, Time: d.Now, Data: data,
		Trace: firstTrace,
	}
}

// Hear delivers e; nil is silence. The error is the receiver's. An event that
// does not fit its schema, or an answer that does not, ends the test.
func (d *Desk) Hear(e events.Event) (*events.Event, error) {
	d.T.Helper()
	ce, err := events.Encode(e)
	if err != nil {
		d.T.Fatal(err)
	}
	out, err := d.Receive(d.T.Context(), ce)
	if err != nil || out == nil {
		return nil, err
	}
	said, err := events.Decode(*out)
	if err != nil {
		d.T.Fatalf("%s is answered by what nobody can hear: %v", e.Name, err)
	}
	return &said, nil
}

// Says delivers e and wants the fact or command named; any other answer ends
// the test.
func (d *Desk) Says(want events.Name, e events.Event) events.Event {
	d.T.Helper()
	out, err := d.Hear(e)
	if err != nil || out == nil || out.Name != want {
		d.T.Fatalf("%s is answered by %+v, %v, want %s", e.Name, out, err, want)
	}
	return *out
}

// Silent delivers e and wants silence.
func (d *Desk) Silent(e events.Event) {
	d.T.Helper()
	if out, err := d.Hear(e); out != nil || err != nil {
		d.T.Errorf("%s is answered by %+v, %v, want silence", e.Name, out, err)
	}
}

// Again asks e once more, a minute later, under another id and trace: it wants
// the first answer word for word, and nothing written.
func (d *Desk) Again(e, first events.Event) {
	d.T.Helper()
	e.ID += "-again"
	e.Trace = againTrace
	d.Now = d.Now.Add(time.Minute)
	commits := d.Commits
	second := d.Says(first.Name, e)
	if diff := cmp.Diff(first, second, cmpopts.IgnoreFields(events.Event{}, "CausationID", "Trace")); diff != "" {
		d.T.Errorf("%s is said in two ways (-first +second):\n%s", first.Name, diff)
	}
	if second.CausationID != e.ID || second.Trace[:35] != e.Trace[:35] {
		d.T.Errorf("%s has cause %q and trace %q, want the asker's", first.Name, second.CausationID, second.Trace)
	}
	if d.Commits != commits {
		d.T.Errorf("a second %s writes", e.Name)
	}
}
