package operator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/record"
)

type mails struct {
	Messages, Notifications []record.Mail
	Next                    string
}

func subjects(all []record.Mail) (s []string) {
	for _, m := range all {
		s = append(s, m.Subject)
	}
	return s
}

const (
	confirmedFR = "Votre réservation est confirmée"
	receiptFR   = "Reçu de votre paiement"
	cancelledFR = "Votre réservation est annulée"
)

func TestNotifications_Told(t *testing.T) {
	w := newWorld(t)
	w.open()
	first, second := w.book("tok_visa"), w.book("tok_declined")
	w.run()
	w.now = w.now.Add(time.Hour)
	w.ask(w.Sagas(), "POST /sagas/"+first+"/cancel")
	w.run()
	untold := w.book("tok_visa")
	t.Run("the mailbox is read page by page", func(t *testing.T) {
		var one, rest mails
		w.gets(w.Notifications(), "/mailbox?limit=1", &one)
		w.gets(w.Notifications(), "/mailbox?cursor="+one.Next, &rest)
		all := slices.Concat(one.Messages, rest.Messages)
		if len(one.Messages) != 1 || len(all) != 4 || rest.Next != "" {
			t.Fatalf("got %v and %v", one, rest)
		}
		if m := all[3]; m.BookingID != first || m.To != "camille@example.com" || m.Asked != 1 || m.Subject != cancelledFR || m.At.IsZero() {
			t.Errorf("the newest is %+v", m)
		}
	})
	t.Run("or of one booking", func(t *testing.T) {
		var of mails
		w.gets(w.Notifications(), "/mailbox?booking="+second, &of)
		if diff := cmp.Diff([]string{cancelledFR}, subjects(of.Messages)); diff != "" {
			t.Error(diff)
		}
		w.refused(w.Notifications(), http.StatusNotFound, "GET /mailbox?booking=%7B%7D", "not-found")
	})
	t.Run("what a booking's customer was told is told, the newest last", func(t *testing.T) {
		var of mails
		w.gets(w.Notifications(), "/notifications/"+first, &of)
		if diff := cmp.Diff([]string{receiptFR, confirmedFR, cancelledFR}, subjects(of.Notifications)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("nothing yet is a list, and a booking that there is not is not found", func(t *testing.T) {
		if a := w.ask(w.Notifications(), "GET /notifications/"+untold); a.body != `{"notifications":[]}` {
			t.Error(a.body)
		}
		w.refused(w.Notifications(), http.StatusNotFound, "GET /notifications/0123456789abcdef", "not-found")
	})
	t.Run("templates are listed with their languages", func(t *testing.T) {
		var all struct{ Templates []record.Template }
		w.gets(w.Notifications(), "/templates", &all)
		if diff := cmp.Diff(w.Words.Templates(), all.Templates); diff != "" || len(all.Templates) != 11 {
			t.Error(diff)
		}
	})
}

func TestNotifications_Tell(t *testing.T) {
	tell := func(w *world, id, occurrence string) answer {
		return w.ask(w.Notifications(), "POST /notifications", `{"bookingId":"`+id+`","occurrence":"`+occurrence+`"}`)
	}
	told := func(w *world, id string) []string {
		var of mails
		w.gets(w.Notifications(), "/notifications/"+id, &of)
		return subjects(of.Notifications)
	}
	t.Run("an ending that nobody heard of is told, and told once", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		id := w.book("tok_visa")
		w.lost[events.Send] = true
		w.run()
		w.lost = nil
		for range 3 {
			if a := tell(w, id, ""); a.code != http.StatusAccepted || a.body != `{"bookingId":"`+id+`","occurrence":"booking.confirmed"}` {
				t.Fatalf("got %d %s", a.code, a.body)
			}
			w.run()
		}
		if diff := cmp.Diff([]string{confirmedFR}, told(w, id)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("one that has not come to it has nothing to tell", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		id := w.book("tok_visa")
		w.waiting = nil
		if a := tell(w, id, ""); a.code != http.StatusConflict {
			t.Errorf("known to the intake only: %d %s", a.code, a.body)
		}
		w.ask(w.Sagas(), "POST /sagas/"+id+"/retry")
		w.lost[events.PaymentCharge] = true
		w.run()
		if a := tell(w, id, ""); a.code != http.StatusConflict {
			t.Errorf("under way: %d %s", a.code, a.body)
		}
	})
	t.Run("old news is not told", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		id := w.book("tok_visa")
		w.run()
		w.ask(w.Sagas(), "POST /sagas/"+id+"/cancel")
		w.run()
		a := tell(w, id, "booking.confirmed")
		if a.code != http.StatusConflict || !strings.Contains(a.body, "booking.cancelled") {
			t.Errorf("got %d %s", a.code, a.body)
		}
		if a := tell(w, id, "booking.cancelled"); a.code != http.StatusAccepted {
			t.Errorf("got %d %s", a.code, a.body)
		}
	})
	w := newWorld(t)
	for says, c := range map[string]struct {
		code        int
		body, words string
	}{
		"what is not JSON is refused":               {400, "bookingId=1", "one JSON object"},
		"so is an empty body":                       {400, "", "one JSON object"},
		"and a second object":                       {400, `{"bookingId":"0123456789abcdef"}{}`, "one JSON object"},
		"and a name that comes twice":               {400, `{"bookingId":"0123456789abcdef","bookingId":"0123456789abcdef"}`, "each name of an object once"},
		"and a field that there is not":             {422, `{"bookingId":"0123456789abcdef","to":"evil@example.com"}`, "/to"},
		"and one in other letters":                  {422, `{"BOOKINGID":"0123456789abcdef"}`, "/BOOKINGID"},
		"and a body without end":                    {413, `{"bookingId":"` + strings.Repeat("a", 1<<17), "65536"},
		"and an occurrence that is no text":         {422, `{"bookingId":"0123456789abcdef","occurrence":1}`, "/occurrence"},
		"an id that is none is named":               {422, `{"bookingId":"{s017}"}`, "/bookingId"},
		"so is a missing one":                       {422, `{}`, "/bookingId"},
		"and an occurrence that there is not":       {422, `{"bookingId":"0123456789abcdef","occurrence":"booking.won"}`, "booking.rejected"},
		"a booking that nobody knows is not found":  {404, `{"bookingId":"0123456789abcdef"}`, "not-found"},
		"and nothing that was sent is quoted, ever": {422, `{"bookingId":"<script>","occurrence":"<script>"}`, "/occurrence"},
	} {
		t.Run(says, func(t *testing.T) {
			a := w.refused(w.Notifications(), c.code, "POST /notifications", c.words, c.body)
			if strings.Contains(a.body, "evil") || strings.Contains(a.body, "script") {
				t.Error(a.body)
			}
		})
	}
}
