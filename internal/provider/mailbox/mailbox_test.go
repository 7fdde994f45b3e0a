package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

var _ record.Messages = (*mailbox.Mailbox)(nil)

var noon = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)

func letter(key string) record.Message {
	return record.Message{Key: key, BookingID: "booking-2", Channel: "mail", To: "camille@example.com", Locale: "fr", Subject: "s", Body: "b"}
}

func TestMailbox_Send(t *testing.T) {
	now := noon
	m := mailbox.New(store.New(memory.New()), func() time.Time { return now })
	send := func(l record.Message) {
		t.Helper()
		if r, err := m.Send(t.Context(), l); err != nil || r.ID != l.Key || r.Refused != "" {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	send(letter("k2"))
	now = now.Add(time.Minute)
	send(letter("k1"))
	t.Run("the same key is delivered once, and counted", func(t *testing.T) {
		other := letter("k2")
		other.Body = "other words"
		send(other)
		all, next, err := m.List(t.Context(), "", 9)
		want := []mailbox.Mail{{Message: letter("k2"), At: noon, Asked: 2}, {Message: letter("k1"), At: now, Asked: 1}}
		if diff := cmp.Diff(want, all); diff != "" || next != "" || err != nil {
			t.Errorf("%s, cursor %q, %v", diff, next, err)
		}
	})
}

func TestMailbox_List(t *testing.T) {
	m := mailbox.New(store.New(memory.New()), func() time.Time { return noon })
	for i := range 7 {
		if _, err := m.Send(t.Context(), letter(fmt.Sprintf("k%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("pages follow one another by their cursor", func(t *testing.T) {
		var keys []string
		var sizes []int
		for cursor := ""; ; {
			page, next, err := m.List(t.Context(), cursor, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page {
				keys = append(keys, l.Key)
			}
			sizes = append(sizes, len(page))
			if cursor = next; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"k0", "k1", "k2", "k3", "k4", "k5", "k6"}, keys); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]int{3, 3, 1}, sizes); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMailbox_Of(t *testing.T) {
	now := noon
	m := mailbox.New(store.New(memory.New()), func() time.Time { return now })
	for i, of := range []string{"booking-2", "booking-3", "booking-2"} {
		l := letter(fmt.Sprintf("k%d", 9-i))
		l.BookingID = of
		if _, err := m.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
	}
	t.Run("a booking's messages are its own, oldest first", func(t *testing.T) {
		first, cursor, err := m.Of(t.Context(), "booking-2", "", 1)
		if err != nil || len(first) != 1 || first[0].Key != "k9" {
			t.Fatalf("%v, %v", first, err)
		}
		if rest, end, err := m.Of(t.Context(), "booking-2", cursor, 9); err != nil || len(rest) != 1 || rest[0].Key != "k7" || end != "" {
			t.Errorf("%v, cursor %q, %v", rest, end, err)
		}
	})
	t.Run("a booking that was told nothing has none", func(t *testing.T) {
		if none, _, err := m.Of(t.Context(), "booking-4", "", 9); len(none) != 0 || err != nil {
			t.Errorf("%v, %v", none, err)
		}
	})
}

// broken is a store that keeps its lists only.
type broken struct{ store.Store }

// Load fails.
func (broken) Load(context.Context, store.Key, ...string) (store.Snapshot, error) {
	return store.Snapshot{}, store.ErrUnavailable
}

func TestMailbox_StoreIsDown(t *testing.T) {
	back := memory.New()
	clock := func() time.Time { return noon }
	if _, err := mailbox.New(store.New(back), clock).Send(t.Context(), letter("k1")); err != nil {
		t.Fatal(err)
	}
	m := mailbox.New(store.New(broken{back}), clock)
	t.Run("what may not have been kept was not sent for sure", func(t *testing.T) {
		if _, err := m.Send(t.Context(), letter("k1")); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
	})
	t.Run("nor can it be read", func(t *testing.T) {
		if all, _, err := m.List(t.Context(), "", 9); all != nil || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%v, %v, want ErrUnavailable", all, err)
		}
	})
	t.Run("nor listed for a reader who is gone", func(t *testing.T) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if all, _, err := m.List(gone, "", 9); all != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, %v, want Canceled", all, err)
		}
	})
}

func TestMailbox_Erase(t *testing.T) {
	m := mailbox.New(store.New(memory.New()), func() time.Time { return noon })
	others := letter("other")
	others.BookingID = "booking-3"
	for _, l := range []record.Message{letter("k1"), letter("k2"), others} {
		if _, err := m.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{2, 0} {
		if n, err := m.Erase(t.Context(), "booking-2"); n != want || err != nil {
			t.Errorf("%d are erased, %v; want %d", n, err, want)
		}
	}
	if _, err := m.Send(t.Context(), letter("k1")); err != nil { // once more, it is not sent again
		t.Fatal(err)
	}
	left := func(key string, asked int) mailbox.Mail {
		return mailbox.Mail{Message: record.Message{Key: key, BookingID: "booking-2", Channel: "mail"}, At: noon, Asked: asked, Erased: true}
	}
	all, _, err := m.List(t.Context(), "", 9)
	if diff := cmp.Diff([]mailbox.Mail{left("k1", 2), left("k2", 1), {Message: others, At: noon, Asked: 1}}, all); diff != "" || err != nil {
		t.Errorf("%s, %v", diff, err)
	}
}

// keeper is a mailbox, here or elsewhere.
type keeper interface {
	record.Messages
	OfCustomer(ctx context.Context, customerID, cursor string, limit int) ([]mailbox.Mail, string, error)
	EraseCustomer(ctx context.Context, customerID string) (int, error)
	List(ctx context.Context, cursor string, limit int) ([]mailbox.Mail, string, error)
}

// testCustomers holds what is true of a customer's messages.
func testCustomers(t *testing.T, m keeper) {
	of := func(key, bookingID, customerID string) record.Message {
		l := letter(key)
		l.BookingID, l.CustomerID = bookingID, customerID
		return l
	}
	for _, l := range []record.Message{of("c1", "booking-9", "ada"), of("c2", "", "ada"), of("c3", "", "bob"), of("c4", "", ""), of("c2", "", "ada")} {
		if _, err := m.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a customer's messages are those of bookings and the others", func(t *testing.T) {
		first, next, err := m.OfCustomer(t.Context(), "ada", "", 1)
		rest, end, err2 := m.OfCustomer(t.Context(), "ada", next, 9)
		if len(first) != 1 || len(rest) != 1 || first[0].Key != "c1" || rest[0].Key != "c2" || rest[0].Asked != 2 || end != "" || err != nil || err2 != nil {
			t.Errorf("%+v, %+v, %v, %v", first, rest, err, err2)
		}
	})
	t.Run("they are erased once, and nobody else's are", func(t *testing.T) {
		for _, want := range []int{2, 0} {
			if n, err := m.EraseCustomer(t.Context(), "ada"); n != want || err != nil {
				t.Errorf("%d are erased, %v; want %d", n, err, want)
			}
		}
		if n, err := m.EraseCustomer(t.Context(), ""); n != 0 || err != nil {
			t.Errorf("of nobody %d are erased, %v", n, err)
		}
		all, _, err := m.List(t.Context(), "", 99)
		for _, one := range all {
			if hers := one.Key == "c1" || one.Key == "c2"; one.Erased != hers || hers && one.To != "" {
				t.Errorf("%+v", one)
			}
		}
		if left, _, err2 := m.OfCustomer(t.Context(), "ada", "", 9); len(left) != 2 || err != nil || err2 != nil {
			t.Errorf("they are not listed any more: %+v, %v, %v", left, err, err2)
		}
	})
}

func TestMailbox_OfCustomer(t *testing.T) {
	testCustomers(t, mailbox.New(store.New(memory.New()), func() time.Time { return noon }))
}
