package audit_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/audit/audittest"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// plants calls each with the path of every field below v, when it was changed,
// and changes it back. What is not there is put there.
func plants(v reflect.Value, path string, each func(path string)) {
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	change := func(to any) {
		v.Set(reflect.ValueOf(to).Convert(v.Type()))
		each(path)
		v.Set(was)
	}
	if at, ok := v.Interface().(time.Time); ok {
		change(at.Add(time.Second))
		return
	}
	switch v.Kind() {
	case reflect.String:
		change(v.String() + "x")
	case reflect.Int, reflect.Int64:
		change(v.Int() + 1)
	case reflect.Uint64:
		change(v.Uint() + 1)
	case reflect.Bool:
		change(!v.Bool())
	case reflect.Pointer:
		if v.IsNil() {
			if text, err := json.Marshal(reflect.New(v.Type().Elem()).Interface()); err == nil && string(text) == "{}" {
				return // as good as nil
			}
			change(reflect.New(v.Type().Elem()).Interface())
			return
		}
		change(reflect.Zero(v.Type()).Interface())
		inner := reflect.New(v.Type().Elem()) // what it points to may be shared
		inner.Elem().Set(v.Elem())
		v.Set(inner)
		plants(inner.Elem(), path, each)
		v.Set(was)
	case reflect.Slice:
		longer := reflect.Append(reflect.AppendSlice(reflect.Zero(v.Type()), v), reflect.Zero(v.Type().Elem()))
		change(longer.Interface())
		if v.Len() == 0 {
			return
		}
		own := reflect.AppendSlice(reflect.Zero(v.Type()), v)
		v.Set(own)
		plants(own.Index(own.Len()-1), path+"[]", each)
		v.Set(was)
	case reflect.Map:
		one := reflect.MakeMap(v.Type())
		one.SetMapIndex(reflect.ValueOf("x").Convert(v.Type().Key()), reflect.Zero(v.Type().Elem()))
		change(one.Interface())
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name := path + "." + f.Name
			if f.Anonymous {
				name = path
			}
			plants(v.Field(i), name, each)
		}
	default:
		panic("a field of kind " + v.Kind().String())
	}
}

// untold are the fields that no fact tells, and why.
var untold = map[string]string{
	"saga.Plan": "the keeper's own", "saga.Wish": "commands are not archived", "saga.Armed": "what is to be said",
	"saga.Spoken": "what was said last, a command", "saga.Tries": "counts commands", "saga.Unknown": "what was given up",
	"saga.Untold": "what was given up", "saga.StuckSince": "the keeper's own", "saga.Heard[].Cause": "the first asker's",
	"notification.At": "when it was asked for", "notification.Begun": "counts calls", "notification.Look": "the sender's own", "notification.Open": "the sender's own",
	"notification.Delivered": "in facts of no record", "notification.Bounced": "in facts of no record",
	"customer.Contact": "personal", "customer.Devices": "personal", "customer.HeardAt": "of what was heard", "customer.Owner": "of a device",
	"payment.Looks": "the payment's own", "intake.Hash": "of the request", "intake.CustomerID": "personal", "intake.Customer": "personal", "intake.Token": "a card's",
}

func isUntold(path string) bool {
	for field := range untold {
		if path == field || strings.HasPrefix(path, field+".") || strings.HasPrefix(path, field+"[") {
			return true
		}
	}
	return false
}

// bench is a world of which one record at a time is changed.
type bench struct {
	*audittest.World
	t    *testing.T
	done map[string]int // how often a path was tried
	most int
}

// try plants a difference in each field of one record.
func (b *bench) try(kind, id, entry string, into any, wrap func(json.RawMessage) any) {
	b.t.Helper()
	key := store.Key{Record: kind, ID: id}
	snap, err := b.Store.Load(b.t.Context(), key, entry)
	if err != nil {
		b.t.Fatal(err)
	}
	raw := snap.Entries[entry]
	if entry == "" {
		raw = snap.Head
	}
	if raw == nil {
		return
	}
	var lease struct {
		Entry json.RawMessage `json:"entry"`
	}
	inner := raw
	if wrap != nil {
		b.must(json.Unmarshal(raw, &lease))
		inner = lease.Entry
	}
	b.must(json.Unmarshal(inner, into))
	write := func(bytes []byte) {
		snap, err := b.Store.Load(b.t.Context(), key)
		b.must(err)
		w := store.Write{Key: key, Revision: snap.Revision, Head: bytes}
		if entry != "" {
			w.Head, w.Entries = nil, map[string][]byte{entry: bytes}
		}
		b.must(b.Store.Commit(b.t.Context(), w))
	}
	plants(reflect.ValueOf(into).Elem(), kind, func(path string) {
		if isUntold(path) || b.done[path] >= b.most {
			return
		}
		out := any(into)
		if wrap != nil {
			text, err := json.Marshal(into)
			b.must(err)
			out = wrap(text)
		}
		planted, err := json.Marshal(out)
		b.must(err)
		if string(planted) == string(raw) {
			return // it is written as what was there
		}
		b.done[path]++
		write(planted)
		defer write(raw)
		if _, found := verify(b.t, options(b.World)); len(wrong(found)) == 0 {
			b.t.Errorf("%s of %s %s %s is changed, and nobody notices:\n%s\n%s", path, kind, id, entry, raw, planted)
		}
	})
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// entries are what a list has.
func (b *bench) entries(index string) []string {
	page, err := b.Records.List(b.t.Context(), index, "", 1000)
	b.must(err)
	return page.Members
}

// TestVerify_FindsADifferenceInEachField changes each field of each kind of
// record, one at a time, in several records, and demands that it is found.
func TestVerify_FindsADifferenceInEachField(t *testing.T) {
	w := audittest.New(t)
	all := w.Lively(booking.Orchestration)
	b := &bench{World: w, t: t, done: map[string]int{}, most: 1}
	leased := func(entry json.RawMessage) any { return map[string]any{"entry": entry} }
	for _, id := range all {
		var s saga.Record
		b.try(record.KindSaga, id, id, &s, nil)
		b.try(record.KindBooking, id, id, new(booking.Record), nil)
		b.try(record.KindPayment, id, id, new(booking.Payment), leased)
		b.try(record.KindIntake, id, id, new(booking.Intake), nil)
		b.try(record.KindDeparture, s.Booking.DepartureID, id, new(booking.Seat), nil)
	}
	for _, key := range b.messages() {
		b.try(record.KindNotification, key, key, new(booking.Notification), leased)
	}
	for _, of := range [][2]string{{record.KindDeparture, "lyon-0900"}, {record.KindDeparture, "lyon-1400"}, {record.KindTour, "old-town"}} {
		for _, entry := range b.entries(record.IndexCommands(of[0], of[1])) {
			b.try(of[0], of[1], entry, new(booking.Change), nil)
		}
	}
	for _, id := range w.Readers {
		b.try(record.KindCustomer, id, "", new(booking.Reader), nil)
	}
	b.try(record.KindDeparture, "lyon-0900", "", new(booking.Departure), nil)
	b.try(record.KindTour, "old-town", "", new(booking.Tour), nil)
	if len(b.done) < 150 {
		t.Errorf("only %d fields were tried", len(b.done))
	}
	if _, found := verify(t, options(w)); len(wrong(found)) > 0 {
		t.Errorf("the test leaves differences behind: %v", wrong(found))
	}
}

// messages are the ids of all notifications, which are the mails' keys.
func (b *bench) messages() (keys []string) {
	mails, _, err := b.Mailbox.List(b.t.Context(), "", 1000)
	b.must(err)
	for _, m := range mails {
		keys = append(keys, m.Key)
	}
	return keys
}
