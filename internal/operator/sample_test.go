package operator_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

func TestNotifications_Test(t *testing.T) {
	w := newWorld(t)
	send := func(body string) answer { return w.ask(w.Notifications(), "POST /notifications/test", body) }
	t.Run("an example is sent, and nothing has happened", func(t *testing.T) {
		a := send(`{"to":"ada@example.com","template":"booking.cancelled","locale":"fr-CA"}`)
		if a.code != http.StatusOK || !strings.Contains(a.body, `"template":"booking.cancelled","channel":"mail","locale":"fr"`) || len(w.waiting) != 0 {
			t.Fatalf("%d %s, and %d events", a.code, a.body, len(w.waiting))
		}
		send(`{"to":"+33611111111","template":"payment.refunded","channel":"text"}`)
		var all mails
		w.gets(w.Notifications(), "/mailbox", &all)
		got := map[string]record.Mail{}
		for _, m := range all.Messages {
			got[m.To] = m
		}
		if m := got["ada@example.com"]; len(got) != 2 || !strings.Contains(m.HTML, cancelledFR) || m.Locale != "fr" {
			t.Errorf("%d messages, %+v", len(got), m)
		}
		if m := got["+33611111111"]; m.Channel != "text" || m.Locale != "en" || m.Template != "payment.refunded" {
			t.Errorf("%+v", m)
		}
		if log := w.log.String(); strings.Contains(log, "ada") || strings.Contains(log, "336") || !strings.Contains(log, "booking.cancelled") {
			t.Error(log)
		}
	})
	for says, c := range map[string]struct {
		code        int
		body, words string
	}{
		"a template that there is not":        {422, `{"to":"ada@example.com","template":"booking.dreamt"}`, "booking.rejected"},
		"a channel that there is not":         {422, `{"to":"ada@example.com","template":"booking.rejected","channel":"pigeon"}`, "mail, text, push"},
		"a mail to a phone":                   {422, `{"to":"+33611111111","template":"booking.rejected"}`, "/to"},
		"a mail to several":                   {422, `{"to":"a@example.com, b@example.com","template":"booking.rejected"}`, "/to"},
		"a mail with a head of its own":       {422, `{"to":"a@example.com\r\nBcc: b@example.com","template":"booking.rejected"}`, "/to"},
		"a text message to an address":        {422, `{"to":"a@example.com","template":"booking.rejected","channel":"text"}`, "phone"},
		"to nobody":                           {422, `{"template":"booking.rejected","channel":"push"}`, "/to"},
		"what is no JSON":                     {400, `to=ada`, "one JSON object"},
		"what belongs to another kind of ask": {422, `{"to":"ada@example.com","template":"booking.rejected","bookingId":"0123456789abcdef"}`, "/bookingId"},
	} {
		t.Run(says+" is refused", func(t *testing.T) {
			w.refused(w.Notifications(), c.code, "POST /notifications/test", c.words, c.body)
		})
	}
	t.Run("what the provider says is told", func(t *testing.T) {
		w.Messages = refusing{receipt: booking.Receipt{Refused: "suppressed"}}
		if a := send(`{"to":"ada@example.com","template":"booking.cancelled"}`); a.code != http.StatusConflict || !strings.Contains(a.body, "suppressed") {
			t.Errorf("%d %s", a.code, a.body)
		}
		w.Messages = refusing{err: errors.New("post is down")}
		if a := send(`{"to":"ada@example.com","template":"booking.cancelled"}`); a.code != http.StatusServiceUnavailable || strings.Contains(a.body, "ada") {
			t.Errorf("%d %s", a.code, a.body)
		}
	})
}

// refusing is a provider with one answer.
type refusing struct {
	receipt booking.Receipt
	err     error
}

// Send implements record.Messages.
func (r refusing) Send(context.Context, record.Message) (booking.Receipt, error) {
	return r.receipt, r.err
}
