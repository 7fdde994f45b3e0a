package audit_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/audit"
	"tourbillon/internal/audit/audittest"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/restore"
)

// apart reports whether a fact is of no booking and no departure: of a message
// to who watches one, or of an address.
func apart(ce event.Event) bool {
	e, err := events.Decode(ce)
	return err == nil && (e.Record == record.KindCustomer || e.Record == record.KindNotification && e.Data.ID == "")
}

func TestVerify_WhatIsOfNoBooking(t *testing.T) {
	w := audittest.New(t)
	lost := map[string]int{}
	w.Loses = func(ce event.Event) bool {
		name, _ := events.Attribute(ce, "name")
		if apart(ce) && name != string(events.Sent) && name != string(events.OptedOut) {
			lost[name]++
			return name != string(events.PreferencesChanged) // by which its record is known at all
		}
		return false
	}
	w.Lively(booking.Orchestration)
	t.Run("the world has deferred, suppressed, restored and preferred", func(t *testing.T) {
		want := []string{"customer.preferences.changed", "customer.restored", "customer.suppressed", "notification.deferred"}
		if got := slices.Sorted(maps.Keys(lost)); !slices.Equal(got, want) {
			t.Errorf("it has %v", got)
		}
	})
	t.Run("what the archive lacks of a message to who watches is missed, and can be said again", func(t *testing.T) {
		_, found := verify(t, options(w))
		missed := 0
		for _, f := range found {
			if f.Kind != audit.Missing || f.Field != string(events.SendDeferred) {
				t.Errorf("found %s", f)
				continue
			}
			missed++
			again, known, err := restore.Again(t.Context(), w.Records, f)
			if err != nil || !known || again.ID != f.Event || again.Until.IsZero() {
				t.Errorf("%s is said again as %+v, %v", f, again, err)
			}
		}
		if missed != lost[string(events.SendDeferred)] {
			t.Errorf("%d are missed of %v", missed, lost)
		}
	})
}

func TestVerify_Readers(t *testing.T) {
	w := audittest.New(t)
	w.Prefer("dominique", booking.Preferences{Locale: "fr"})
	w.Prefer("dominique", booking.Preferences{Locale: "en"})
	for _, n := range []events.Name{events.OptedOut, events.OptedIn, events.OptedOut} {
		w.Hear(n, events.Data{Channel: booking.ChannelText, Recipient: "phone"})
		w.Now = w.Now.Add(1)
	}
	t.Run("any order of the archive gives the same records", func(t *testing.T) {
		forth := booksOf(w)
		slices.Reverse(w.Archive)
		back := booksOf(w)
		if diff := cmp.Diff(forth, back); diff != "" {
			t.Error(diff)
		}
		phone, dominique := back["phone"], back["dominique"]
		if phone.Suppressed == nil || phone.Restored != nil || phone.Suppressed.Attempt != 2 || dominique.Preferences.Locale != "en" {
			t.Errorf("they are %+v", back)
		}
	})
	t.Run("one that is not there is found", func(t *testing.T) {
		if _, found := verify(t, options(w)); len(found) != 0 {
			t.Fatalf("found %v", found)
		}
		o := options(w)
		w.Wipe()
		o.Records = w.Records
		if _, found := verify(t, o); len(wrong(found)) != 2 {
			t.Errorf("found %v", found)
		}
	})
}

func booksOf(w *audittest.World) map[string]booking.Reader {
	w.T.Helper()
	b := audit.NewBooks(0, 1, 100)
	if _, err := b.Read(w.T.Context(), w, ""); err != nil {
		w.T.Fatal(err)
	}
	return b.Readers()
}
