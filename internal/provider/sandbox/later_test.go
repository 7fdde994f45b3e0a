package sandbox_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/remote"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/saga"
)

// announced checks that the booking is to be looked at now, and not again once
// it was.
func (b *bank) announced(id string) {
	b.t.Helper()
	due, err := b.records.Due(b.t.Context(), b.now, time.Minute, 9)
	if err != nil || len(due) != 1 || due[0].Name != saga.LateLine("booking-2") {
		b.t.Errorf("due: %v, %v", due, err)
	}
	b.word(b.Get(b.t.Context(), call(booking.VerbGet, "1", id, 0)))
	if due, err := b.records.Due(b.t.Context(), b.now.Add(time.Hour), time.Minute, 9); err != nil || len(due) != 0 {
		b.t.Errorf("still due: %v, %v", due, err)
	}
}

func TestSandbox_TheBankWantsToSeeTheCustomer(t *testing.T) {
	waits := func(t *testing.T) (*bank, string) {
		b := open(t)
		id := b.paid("tok_3ds")
		w := b.word(b.Get(t.Context(), call(booking.VerbGet, "1", id, 0)))
		if w.Status != booking.WordProcessing || w.Action == nil || w.Action.URL != sandbox.PagePath+id {
			t.Fatalf("%+v", w)
		}
		if due, err := b.records.Due(t.Context(), noon.Add(time.Hour), time.Minute, 9); err != nil || len(due) != 0 {
			t.Errorf("due before anybody did anything: %v, %v", due, err)
		}
		return b, id
	}
	for shown, want := range map[bool]booking.Word{
		true: {Status: booking.WordSucceeded}, false: {Status: booking.WordDeclined, Code: "authentication_required"},
	} {
		t.Run("and it is "+string(want.Status), func(t *testing.T) {
			b, id := waits(t)
			want.Intent = id
			for _, again := range []*bool{&shown, nil, new(!shown)} { // after the first it waits for nobody
				if w := b.word(b.Authenticate(t.Context(), id, again)); w != want {
					t.Errorf("%+v, want %+v", w, want)
				}
			}
			b.announced(id)
		})
	}
	t.Run("and it may be called off", func(t *testing.T) {
		b, id := waits(t)
		for range 2 {
			if w := b.word(b.Cancel(t.Context(), call(booking.VerbCancel, "1", id, 0))); w.Status != booking.WordCancelled || w.Action != nil {
				t.Errorf("%+v", w)
			}
			if w := b.word(b.Authenticate(t.Context(), id, new(true))); w.Status != booking.WordCancelled {
				t.Errorf("authenticated after that: %+v", w)
			}
		}
	})
}

func TestSandbox_ARefundComesBackLater(t *testing.T) {
	b := open(t)
	id := b.paid("tok_refund_fails_later")
	refund := call(booking.VerbRefund, "1", id, 9000)
	if w := b.word(b.Refund(t.Context(), refund)); w.Refund != booking.RefundDone || b.intent().Taken() != 0 {
		t.Errorf("%+v", w)
	}
	b.now = noon.Add(late)
	b.announced(id)
	look := call(booking.VerbGet, "1", id, 0)
	look.Refund = refund.Key
	w := b.word(b.Get(t.Context(), look))
	if w.Refund != booking.RefundRefused || w.Code != "refund_refused" || b.intent().Taken() != 9000 {
		t.Errorf("%+v", w)
	}
	refund.Key += "-2"
	if w := b.word(b.Refund(t.Context(), refund)); w.Refund != booking.RefundDone || b.intent().Taken() != 0 {
		t.Errorf("the next: %+v", w)
	}
}

func TestSandbox_SlowToCreate(t *testing.T) {
	b := open(t)
	id := b.made("tok_slow_create", "1")
	if b.slept != time.Minute {
		t.Errorf("slept %v", b.slept)
	}
	if again := b.made("tok_slow_create", "1"); again != id || b.slept != time.Minute {
		t.Errorf("the second time it is %s, after %v", again, b.slept)
	}
	if w := b.word(b.Confirm(t.Context(), call(booking.VerbConfirm, "1", id, price.Amount))); w.Status != booking.WordSucceeded {
		t.Errorf("%+v", w)
	}
}

func TestPage(t *testing.T) {
	b, r, line := away(t)
	id := b.paid("tok_3ds")
	ask := func(method, path, outcome string, status int, want string) {
		t.Helper()
		req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(url.Values{"outcome": {outcome}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		sandbox.Page(r).ServeHTTP(rec, req)
		if rec.Code != status || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s %s %q: %d %s, want %d and %s", method, path, outcome, rec.Code, rec.Body, status, want)
		}
	}
	at := sandbox.PagePath + id
	ask("GET", at, "", 200, "is it really you")
	ask("POST", at, "", 400, "outcome=approve")
	ask("GET", sandbox.PagePath+"pi_nobody", "", 404, "knows no payment")
	ask("GET", sandbox.PagePath+"..%2Fledger", "", 404, "knows no payment")
	ask("POST", at, "approve", 200, "The payment is succeeded")
	ask("GET", at, "", 200, "There is nothing to do here")
	ask("POST", at, "decline", 200, "The payment is succeeded")
	if b.intent().Taken() != price.Amount {
		t.Errorf("%+v", b.intent())
	}
	if err := r.Dispute(t.Context(), id); err != nil || !b.intent().Disputed {
		t.Errorf("%v, %+v", err, b.intent())
	}
	if err := r.Dispute(t.Context(), "pi_nobody"); err == nil {
		t.Error("what nobody knows is disputed")
	}
	if err := line.Set(remote.Trouble{Refuse: 1}); err != nil {
		t.Fatal(err)
	}
	ask("GET", at, "", 503, "Ask again")
}
