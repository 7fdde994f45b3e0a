package restore_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/audit"
	"tourbillon/internal/audit/audittest"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/restore"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// image is every record of a world that a rebuild makes, as text, by kind, id
// and entry, with the lists and what falls due.
type image map[string]string

// image takes one of the world's records: those of these bookings, and the
// catalog's.
func take(t *testing.T, w *audittest.World, ids []string) image {
	t.Helper()
	im := image{}
	read := func(kind, id, entry string) []byte {
		row, err := w.Records.Read(t.Context(), store.Key{Record: kind, ID: id}, entry)
		if err != nil {
			t.Fatal(err)
		}
		if entry == "" {
			return row.Head
		}
		return row.Entry
	}
	note := func(kind, id, entry string) {
		raw := read(kind, id, entry)
		var l struct {
			Entry json.RawMessage `json:"entry"`
		}
		if json.Unmarshal(raw, &l) == nil && l.Entry != nil {
			raw = l.Entry // a lease is nobody's any more
		}
		raw = told(t, kind, raw)
		im[kind+" "+id+" "+entry] = string(raw)
	}
	list := func(name string) []string {
		page, err := w.Records.List(t.Context(), name, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		im["list "+name] = strings.Join(page.Members, " ")
		return page.Members
	}
	for _, id := range ids {
		note(record.KindBooking, id, id)
		note(record.KindPayment, id, id)
		for _, d := range []string{"lyon-0900", "lyon-1400"} {
			note(record.KindDeparture, d, id)
		}
	}
	for _, id := range list(record.IndexDepartures) {
		note(record.KindDeparture, id, "")
		list(record.IndexBookings(id))
		for _, entry := range list(record.IndexCommands(record.KindDeparture, id)) {
			note(record.KindDeparture, id, entry)
		}
	}
	for _, id := range list(record.IndexTours) {
		note(record.KindTour, id, "")
		for _, entry := range list(record.IndexCommands(record.KindTour, id)) {
			note(record.KindTour, id, entry)
		}
	}
	for _, id := range w.Readers {
		note(record.KindCustomer, id, "")
	}
	for _, id := range append(slices.Clone(ids), "dominique") {
		list(record.IndexMessages(id))
		list(record.IndexMessagesOf(id))
	}
	for _, s := range booking.Statuses() {
		list(record.IndexSagas(s))
	}
	mails, _, err := w.Mailbox.List(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		note(record.KindNotification, m.Key, m.Key)
	}
	return im
}

// told is a record without what no fact tells: when a message was asked for, and
// how often its provider was; who somebody is, and when that was heard which its
// fact tells.
func told(t *testing.T, kind string, raw []byte) []byte {
	t.Helper()
	untold := map[string][]string{
		record.KindNotification: {"at", "begun"},
		record.KindCustomer:     {"contact", "devices", "heardAt"},
	}[kind]
	if untold == nil || raw == nil {
		return raw
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for _, field := range untold {
		delete(all, field)
	}
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func idsOf(all map[string]string) (ids []string) {
	for _, id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func rebuild(t *testing.T, w *audittest.World, most int) restore.Summary {
	t.Helper()
	sum, err := restore.Rebuild(t.Context(), restore.Options{History: w, Records: w.Records, Plans: saga.Shipped(), Most: most})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func readEntry[E any](t *testing.T, w *audittest.World, kind, id string) (e E) {
	t.Helper()
	row, err := w.Records.Read(t.Context(), store.Key{Record: kind, ID: id}, id)
	if err == nil && row.Entry != nil {
		err = json.Unmarshal(row.Entry, &e)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func due(t *testing.T, w *audittest.World) []string {
	t.Helper()
	found, err := w.Records.Due(t.Context(), w.Now.AddDate(10, 0, 0), time.Nanosecond, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range found {
		all = append(all, l.Name+" "+l.At.Format(time.RFC3339Nano))
	}
	slices.Sort(all)
	return all
}

func TestRebuild(t *testing.T) {
	w := audittest.New(t)
	all := w.Lively()
	ids := idsOf(all)
	before, wakes := take(t, w, ids), due(t, w)
	w.Wipe()
	sum := rebuild(t, w, 7)
	t.Run("makes every record as it was, in every list that it was in", func(t *testing.T) {
		if diff := cmp.Diff(before, take(t, w, ids)); diff != "" {
			t.Errorf("(-before +rebuilt):\n%s", diff)
		}
		if sum.Bookings != len(all) || sum.Departures != 2 || sum.Tours != 1 || sum.Payments == 0 || sum.UnderWay != 0 {
			t.Errorf("it says %+v", sum)
		}
	})
	t.Run("what was due falls due", func(t *testing.T) {
		if diff := cmp.Diff(wakes, due(t, w)); diff != "" {
			t.Errorf("(-before +rebuilt):\n%s", diff)
		}
	})
	t.Run("an audit finds nothing", func(t *testing.T) {
		_, err := audit.Verify(t.Context(), audit.Options{
			History: w, Records: w.Records, Names: record.AuditNames(), Now: w.Clock,
			Report: func(f audit.Finding) error {
				if f.Wrong() {
					t.Error(f)
				}
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("nobody's address comes back", func(t *testing.T) {
		for _, id := range ids {
			row, err := w.Records.Read(t.Context(), store.Key{Record: record.KindIntake, ID: id}, id)
			if err != nil || row.Entry != nil {
				t.Errorf("there is an intake: %s, %v", row.Entry, err)
			}
		}
	})
	t.Run("a rebuilt booking can be cancelled and is refunded", func(t *testing.T) {
		id := all["confirmed"]
		w.Catalog(events.DepartureChange, "lyon-0900", w.Terms(41))
		w.Cancel(id, "lyon-0900")
		for range 20 {
			w.Tick(time.Minute)
		}
		r := readEntry[booking.Record](t, w, record.KindBooking, id)
		if r.Closed == nil || r.Closed.Status != booking.StatusCancelled {
			t.Fatalf("it is %s", r.Status())
		}
		intents, err := w.Sandbox.Ledger(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range intents {
			if i.BookingID == id && (i.Taken() != 0 || len(i.Refunds) != 1) {
				t.Errorf("the provider has %+v", i)
			}
		}
	})
	t.Run("a store with anything in it is left alone", func(t *testing.T) {
		_, err := restore.Rebuild(t.Context(), restore.Options{History: w, Records: w.Records, Plans: saga.Shipped()})
		if !errors.Is(err, restore.ErrNotEmpty) {
			t.Errorf("got %v", err)
		}
	})
}

// breaks is an archive that is broken off while it is read.
type breaks struct {
	events.History
	off func()
}

// Read implements events.History.
func (b breaks) Read(ctx context.Context, cursor string, limit int) ([]event.Event, string, error) {
	b.off()
	return b.History.Read(ctx, cursor, limit)
}

// TestUnfinished breaks a rebuild off, and takes it up again.
func TestUnfinished(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 12)
	w.Book("lyon-0900", 2, "tok_visa", booking.Orchestration)
	w.Wipe()
	want := func(says string, is bool) {
		t.Helper()
		if got := restore.Unfinished(t.Context(), w.Records); got != is {
			t.Errorf("%s it is unfinished: %v", says, got)
		}
	}
	want("before", false)
	ctx, breakOff := context.WithCancel(t.Context())
	_, err := restore.Rebuild(ctx, restore.Options{History: breaks{w, breakOff}, Records: w.Records, Plans: saga.Shipped()})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	want("broken off", true)
	rebuild(t, w, 0)
	want("made", false)
}

func TestRebuild_PutOff(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 2)
	w.Prefer("dominique", booking.Preferences{
		Channels: map[booking.Category][]string{booking.CategoryInterest: {booking.ChannelMail}},
		Quiet:    &booking.Quiet{From: 11 * 60, To: 14 * 60}, TimeZone: "Etc/UTC",
	})
	w.Watch("dominique", "lyon-0900")
	w.Catalog(events.DepartureCancel, "lyon-0900", nil)
	waits := func() (all []string) {
		for _, line := range due(t, w) {
			if strings.HasPrefix(line, "send:") {
				all = append(all, line)
			}
		}
		return all
	}
	before := waits()
	if len(before) != 1 || !strings.HasSuffix(before[0], " 2026-05-02T14:00:00Z") {
		t.Fatalf("there wait %v", before)
	}
	w.Wipe()
	if sum := rebuild(t, w, 0); sum.Notifications != 1 || sum.Customers != 1 {
		t.Errorf("it says %+v", sum)
	}
	t.Run("a message that was put off falls due when it was to", func(t *testing.T) {
		if diff := cmp.Diff(before, waits()); diff != "" {
			t.Errorf("(-before +rebuilt):\n%s", diff)
		}
	})
	t.Run("and is refused then, for nobody knows who it is for", func(t *testing.T) {
		w.Wipe()
		rebuild(t, w, 0)
		w.Tick(3 * time.Hour)
		if left := waits(); len(left) != 0 {
			t.Errorf("there wait %v", left)
		}
		last := w.Archive[len(w.Archive)-1]
		if e, err := events.Decode(last); err != nil || e.Name != events.SendFailed || e.Code != "customer_unknown" {
			t.Errorf("said last is %s, %v", last.Type(), err)
		}
	})
}

func TestRebuild_UnderWay(t *testing.T) {
	for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
		t.Run("what was not charged fails and is undone, in "+string(flow), func(t *testing.T) {
			w := audittest.New(t)
			w.Open("lyon-0900", 12)
			id := w.Ask("lyon-0900", 2, "tok_visa", flow) // and nobody hears of it
			w.Wipe()
			sum := rebuild(t, w, 0)
			if sum.UnderWay != 1 || sum.Uncharged != 1 {
				t.Errorf("it says %+v", sum)
			}
			for range 60 {
				w.Tick(30 * time.Second)
			}
			r := readEntry[booking.Record](t, w, record.KindBooking, id)
			if r.Closed == nil || r.Closed.Reason != booking.ReasonCardDeclined {
				t.Errorf("it is %s: %+v", r.Status(), r.Closed)
			}
			row, err := w.Records.Read(t.Context(), store.Key{Record: record.KindDeparture, ID: "lyon-0900"}, "")
			var d booking.Departure
			if err := errors.Join(err, json.Unmarshal(row.Head, &d)); err != nil || d.Held+d.Sold != 0 {
				t.Errorf("the departure is %+v, %v", d, err)
			}
		})
	}
}
