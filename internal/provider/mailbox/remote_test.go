package mailbox_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/remote"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

var _ record.Messages = mailbox.Remote{}

func TestRemote(t *testing.T) {
	b := mailbox.New(store.New(memory.New()), func() time.Time { return noon })
	mux := http.NewServeMux()
	b.Mount(mux)
	srv := httptest.NewServer(mux)
	defer srv.Close()
	r := mailbox.Remote{At: remote.Client{URL: srv.URL, HTTP: srv.Client()}}
	other := letter("k3")
	other.BookingID = "booking-3"
	for _, m := range []record.Message{letter("k1"), letter("k1"), letter("k2"), other} {
		if got, err := r.Send(t.Context(), m); err != nil || got.ID != m.Key || got.Refused != "" {
			t.Fatalf("send %s: %+v, %v", m.Key, got, err)
		}
	}
	t.Run("a key is delivered once, and counted", func(t *testing.T) {
		first, next, err := r.List(t.Context(), "", 1)
		want := []mailbox.Mail{{Message: letter("k1"), At: noon, Asked: 2}}
		if diff := cmp.Diff(want, first); diff != "" || next == "" || err != nil {
			t.Fatalf("%s, cursor %q, %v", diff, next, err)
		}
		rest, next, err := r.List(t.Context(), next, 9)
		if len(rest) != 2 || next != "" || err != nil {
			t.Errorf("the rest: %+v, cursor %q, %v", rest, next, err)
		}
	})
	t.Run("a booking's are its own", func(t *testing.T) {
		its, _, err := r.Of(t.Context(), "booking-3", "", 9)
		if len(its) != 1 || its[0].Key != "k3" || err != nil {
			t.Errorf("%+v, %v", its, err)
		}
	})
	t.Run("a cursor that no page had is told apart", func(t *testing.T) {
		if _, _, err := r.Of(t.Context(), "booking-3", "nonsense", 9); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a booking's are erased, and another's are not", func(t *testing.T) {
		if n, err := r.Erase(t.Context(), "booking-3"); n != 1 || err != nil {
			t.Errorf("erased %d, %v", n, err)
		}
		its, _, err := r.Of(t.Context(), "booking-3", "", 9)
		if len(its) != 1 || its[0].To == other.To || err != nil {
			t.Errorf("%+v, %v", its, err)
		}
		all, _, err := r.List(t.Context(), "", 9)
		if len(all) != 3 || all[0].To != letter("k1").To || err != nil {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestRemote_OfCustomer(t *testing.T) {
	mux := http.NewServeMux()
	mailbox.New(store.New(memory.New()), func() time.Time { return noon }).Mount(mux)
	srv := httptest.NewServer(mux)
	defer srv.Close()
	testCustomers(t, mailbox.Remote{At: remote.Client{URL: srv.URL, HTTP: srv.Client()}})
}
