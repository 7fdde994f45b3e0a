package sandbox_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/remote"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/record"
)

var (
	_ record.Payments  = sandbox.Remote{}
	_ sandbox.Payments = sandbox.Remote{}
	_ sandbox.Payments = (*sandbox.Sandbox)(nil)
)

// away is the bank, and the way to it from another process.
func away(t *testing.T) (*bank, sandbox.Remote, *remote.Line) {
	b := open(t)
	mux := http.NewServeMux()
	b.Mount(mux)
	line := remote.NewLine(mux, 1, func(ctx context.Context, _ time.Duration) error { return ctx.Err() })
	srv := httptest.NewServer(line)
	t.Cleanup(srv.Close)
	return b, sandbox.Remote{At: remote.Client{URL: srv.URL, HTTP: srv.Client()}}, line
}

func TestRemote_SaysWhatTheSandboxSays(t *testing.T) {
	b, r, _ := away(t)
	ctx := t.Context()
	made, err := r.Create(ctx, call(booking.VerbCreate, "1", "", price.Amount), "tok_visa")
	if err != nil || made.Status != booking.WordUnconfirmed {
		t.Fatalf("create: %+v, %v", made, err)
	}
	for _, do := range []func(context.Context, booking.Call) (booking.Word, error){r.Confirm, r.Get} {
		if w, err := do(ctx, call(booking.VerbConfirm, "1", made.Intent, price.Amount)); err != nil || w.Status != booking.WordSucceeded {
			t.Errorf("%+v, %v", w, err)
		}
	}
	if w, err := r.Cancel(ctx, call(booking.VerbCancel, "1", made.Intent, 0)); err != nil || w.Status != booking.WordSucceeded {
		t.Errorf("cancel of what is paid: %+v, %v", w, err)
	}
	if w, err := r.Refund(ctx, call(booking.VerbRefund, "1", made.Intent, 4500)); err != nil || w.Refund != booking.RefundDone {
		t.Errorf("refund: %+v, %v", w, err)
	}
	if w, err := r.Get(ctx, call(booking.VerbGet, "1", "pi_nobody", 0)); err != nil || w.Status != booking.WordUnknown {
		t.Errorf("what nobody knows: %+v, %v", w, err)
	}
	if w, err := r.Create(ctx, call(booking.VerbCreate, "2", "", 1), "tok_nobody"); err != nil || w.Code != "invalid_token" {
		t.Errorf("a token that nobody knows: %+v, %v", w, err)
	}
	there, err := r.Ledger(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]sandbox.Intent{b.intent()}, there); diff != "" {
		t.Error(diff)
	}
}

func TestRemote_TheKeyTravels(t *testing.T) {
	b, r, line := away(t)
	made, err := r.Create(t.Context(), call(booking.VerbCreate, "1", "", price.Amount), "tok_visa")
	if err != nil {
		t.Fatal(err)
	}
	confirm := call(booking.VerbConfirm, "1", made.Intent, price.Amount)
	if err := line.Set(remote.Trouble{Lose: 1}); err != nil {
		t.Fatal(err)
	}
	if w, err := r.Confirm(t.Context(), confirm); err == nil {
		t.Errorf("%+v: the answer was lost", w)
	}
	if err := line.Set(remote.Trouble{Refuse: 1}); err != nil {
		t.Fatal(err)
	}
	if w, err := r.Confirm(t.Context(), confirm); err == nil {
		t.Errorf("%+v: nothing was done", w)
	}
	if err := line.Set(remote.Trouble{}); err != nil {
		t.Fatal(err)
	}
	if w, err := r.Confirm(t.Context(), confirm); err != nil || w.Status != booking.WordSucceeded {
		t.Errorf("%+v, %v: the money was taken when the answer was lost", w, err)
	}
	i := b.intent()
	if i.Confirms != 1 || i.Requests[confirm.Key] != 2 || i.Taken() != price.Amount {
		t.Errorf("%+v: want one payment, asked for twice", i)
	}
}
