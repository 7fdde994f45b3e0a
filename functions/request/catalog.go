package request

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

// decideTime is how long an operator waits to hear how a command was decided.
const decideTime = 10 * time.Second

// order is an operator's command on a tour or a departure.
type order struct {
	command events.Event
	known   bool // it may have been given before
	record  store.Key
	check   func() error // what no record would refuse; nil: nothing
}

// order makes a command of what is asked, under an id of its own: else two
// changes of one departure would be one. By its key it is the same again.
func (d Door) order(r *http.Request, n events.Name, data events.Data, of store.Key) (order, error) {
	k, err := d.key(r, string(n)+" "+of.ID)
	if err != nil {
		return order{}, err
	}
	return order{command: command(events.Tell(n, data, d.Now()).Of(k.id), r), known: k.given, record: of}, nil
}

func command(a events.Answer, r *http.Request) events.Event {
	return a.Render(events.Speaker{Function: "request"}, events.Event{Trace: trace(r)})
}

// publish tells the broker a command; where that fails, nothing was taken on.
func (d Door) publish(ctx context.Context, e events.Event) error {
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	return d.Broker.Publish(ctx, e)
}

// carry has the order carried out, and answers how it was decided.
func (d Door) carry(w http.ResponseWriter, r *http.Request, o order) error {
	if o.known {
		if row, c, err := d.entry(r.Context(), o); err != nil || c.Decided() {
			return o.answer(w, row, c, err)
		}
	}
	if o.check != nil {
		if err := o.check(); err != nil {
			return err
		}
	}
	if err := d.publish(r.Context(), o.command); err != nil {
		return err
	}
	row, c, err := d.decision(r.Context(), o)
	return o.answer(w, row, c, err)
}

// entry is how the order was decided, as far as it was.
func (d Door) entry(ctx context.Context, o order) (store.Row, booking.Change, error) {
	row, err := d.Records.Read(ctx, o.record, record.CommandID(o.command))
	if err != nil {
		return row, booking.Change{}, err
	}
	c, err := change(row)
	return row, c, err
}

func change(row store.Row) (c booking.Change, err error) {
	if len(row.Entry) > 0 {
		err = json.Unmarshal(row.Entry, &c)
	}
	return c, err
}

// decision watches the record until the order is decided, or for as long as an
// operator waits.
func (d Door) decision(ctx context.Context, o order) (last store.Row, c booking.Change, err error) {
	waits, cancel := context.WithTimeout(ctx, decideTime)
	defer cancel()
	var broken error
	err = d.Records.Watch(waits, o.record, record.CommandID(o.command), func(row store.Row) bool {
		last = row
		c, broken = change(row)
		return broken != nil || c.Decided()
	})
	if err != nil && waits.Err() != nil {
		err = ctx.Err()
	}
	if err == nil {
		err = broken
	}
	return last, c, err
}

// answer tells how the order was decided.
func (o order) answer(w http.ResponseWriter, row store.Row, c booking.Change, err error) error {
	switch {
	case err != nil:
		return err
	case c.Refused != nil:
		return refused(c.Refused.Reason)
	case !c.Decided():
		w.Header().Set("Location", o.path())
		web.JSON(w, http.StatusAccepted, map[string]string{"id": o.record.ID})
		return nil
	case !o.is(c):
		return keyReused
	}
	shown, err := o.show(row.Head)
	if err != nil {
		return err
	}
	if c.Opened == nil {
		web.JSON(w, http.StatusOK, shown)
		return nil
	}
	w.Header().Set("Location", o.path())
	web.JSON(w, http.StatusCreated, shown)
	return nil
}

// is reports whether the order is the one that was decided, and not another
// under its key. A refusal keeps no terms: it is what any of them is told.
func (o order) is(c booking.Change) bool {
	if o.command.Tour != nil {
		c.Tour.Version = 0
		return same(c.Tour, o.command.Tour)
	}
	return o.command.Terms == nil || same(c.Terms, o.command.Terms)
}

func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func (o order) path() string { return "/" + o.record.Record + "s/" + o.record.ID }

func (o order) show(head []byte) (any, error) {
	if o.record.Record == record.KindTour {
		var t booking.Tour
		err := json.Unmarshal(head, &t)
		return tourShown(t), err
	}
	var dep booking.Departure
	err := json.Unmarshal(head, &dep)
	return departureShown(dep), err
}

// checked makes a command's data of a body's fields, by its schema. move
// brings a pointer into that data back to the body.
func checked(n events.Name, data map[string]json.RawMessage, move func(at string) string) (events.Data, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return events.Data{}, err
	}
	spec, _ := events.Lookup(n)
	ce := requestEvent(ownSource, "body", 1, raw, "")
	ce.SetType(n.Type(spec.Version))
	e, err := events.Decode(ce)
	if schema := asSchema(err); schema != nil {
		return events.Data{}, broken(schema, move)
	}
	return e.Data, err
}

// identify gives the body the id in the request's path, with which one of its
// own must agree.
func identify(b web.Body, r *http.Request) error {
	if r.PathValue("id") == "" {
		return nil // it is in the body, or the schema misses it
	}
	id, err := pathID(r, catalogPattern)
	if _, given := b.Fields["id"]; err == nil && given && b.Text("id") != id {
		err = web.Invalid(web.Field{Pointer: "/id", Detail: "is not the id in the path"})
	}
	b.Fields["id"] = json.RawMessage(`"` + id + `"`)
	return err
}

// below moves a pointer from under prefix to the root.
func below(at, prefix string) string {
	if rest, ok := strings.CutPrefix(at, prefix); ok && (rest == "" || rest[0] == '/') {
		return rest
	}
	return at
}

// part is the body as the part of an event's data that is called name. Its id,
// where id is not empty, is beside it under that name.
func part(b web.Body, name, id string) map[string]json.RawMessage {
	data := make(map[string]json.RawMessage)
	rest := maps.Clone(b.Fields)
	if v, ok := rest["id"]; ok && id != "" {
		data[id] = v
		delete(rest, "id")
	}
	raw, err := json.Marshal(rest)
	if err != nil {
		panic(err) // it was read as JSON
	}
	data[name] = raw
	return data
}
