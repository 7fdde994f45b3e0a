package operator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// foreseen is a preview.
type foreseen struct {
	Status, Becomes, Preview string
	Effects                  []struct {
		By, Says, Kind string
		Amount         *booking.Money
		Seats          int
		Again          bool
	}
	Calls []struct {
		Verb   string
		Amount booking.Money
	}
	Taken, Back booking.Money
	Open        []string
}

// facts are the new facts of a preview, each as one line.
func (p foreseen) facts() (all []string) {
	for _, e := range p.Effects {
		if e.Kind == string(events.Fact) && !e.Again {
			all = append(all, told(e.Says, e.Amount, e.Seats))
		}
	}
	return all
}

func (p foreseen) charges() bool {
	for _, c := range p.Calls {
		if c.Verb == string(booking.VerbConfirm) {
			return true
		}
	}
	return false
}

func told(name string, amount *booking.Money, seats int) string {
	if amount == nil {
		amount = new(booking.Money)
	}
	return fmt.Sprintf("%s %v %d", name, *amount, seats)
}

// ledger is the money that the provider has.
func (w *world) ledger() (sum int64) {
	w.t.Helper()
	all, err := w.bank.Ledger(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, i := range all {
		sum += i.Taken()
	}
	return sum
}

// since are the facts about a booking that were said from a time on, each as
// one line, in the order in which they came.
func (w *world) since(at time.Time, id string) (all []string) {
	w.t.Helper()
	ces, _, err := w.facts.Read(w.t.Context(), "", 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, ce := range ces {
		e, err := events.Decode(ce)
		if err != nil {
			w.t.Fatal(err)
		}
		if e.Data.ID != id {
			continue
		}
		switch e.Record {
		case "departure", "notification", "intake":
			e.Amount = nil // they tell what is the booking's or the payment's
			fallthrough
		case "booking", "payment":
			if !e.Time.Before(at) && !seen[e.ID] {
				all = append(all, told(string(e.Name), e.Amount, e.Moved))
			}
			seen[e.ID] = true
		}
		if e.Name == events.SagaStuck && !e.Time.Before(at) {
			all = append(all, told(string(e.Name), nil, 0))
		}
	}
	return all
}

// TestPreview_IsWhatHappens looks at what each deed would do of each booking,
// wherever on its way it was lost, and then does it.
func TestPreview_IsWhatHappens(t *testing.T) {
	compared := map[string]int{}
	for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
		for _, token := range []string{"tok_visa", "tok_declined", "tok_insufficient_funds", "tok_try_again", "tok_async", "tok_refund_fails", soldOut} {
			for _, before := range []time.Duration{14 * 24 * time.Hour, 48 * time.Hour, 12 * time.Hour} {
				if token != "tok_visa" && before <= 48*time.Hour {
					continue // what it costs to cancel late is no matter of the card
				}
				for _, verb := range []string{"retry", "cancel", "compensate"} {
					for lost := range 30 {
						s := scene{flow, token, before, verb, lost}
						if t.Run(s.name(), s.compare(compared)); compared["over"] > 0 {
							compared["over"] = 0
							break
						}
					}
				}
			}
		}
	}
	for _, verb := range []string{"retry", "cancel", "compensate"} {
		if compared[verb] < 100 {
			t.Errorf("%d cases of %s were compared", compared[verb], verb)
		}
	}
}

// soldOut stands for a good card, and a departure that has no seats.
const soldOut = "nothing, it is sold out,"

// scene is one booking on its way, and what is done about it.
type scene struct {
	flow   booking.Flow
	token  string
	before time.Duration // the departure, when it is done
	verb   string
	lost   int // deliveries, after which everything under way is lost
}

func (s scene) name() string {
	return fmt.Sprintf("%s of %s by %s, %v before, lost after %d", s.verb, s.token, s.flow, s.before, s.lost)
}

func (s scene) compare(compared map[string]int) func(*testing.T) {
	return func(t *testing.T) {
		w := newWorld(t)
		w.offered()
		if s.token == soldOut {
			s.token = "tok_visa"
			w.says("reserve", events.SpotsReserve, events.Data{Booking: booking.Booking{ID: "somebody-else", DepartureID: "lyon-0900", Seats: 12}}, "")
		}
		id := w.asks(s.token, s.flow)
		if w.runUpTo(s.lost) < s.lost {
			compared["over"]++ // it went to its end
		}
		w.waiting = nil
		if s.before < 14*24*time.Hour {
			w.now = noon.AddDate(0, 0, 14).Add(-s.before)
		}
		w.now = w.now.Add(time.Millisecond)
		a := w.ask(w.Sagas(), "GET /sagas/"+id+"/"+s.verb)
		if a.code != 200 {
			w.refused(w.Sagas(), a.code, "POST /sagas/"+id+"/"+s.verb, "pointless")
			return
		}
		var p foreseen
		a.into(t, &p)
		if p.charges() && s.token != "tok_visa" && s.token != "tok_refund_fails" {
			return // the card is not what is imagined
		}
		had, at := w.ledger(), w.now
		w.took("/sagas/"+id+"/"+s.verb, `{"preview":"`+p.Preview+`"}`)
		w.run()
		w.tick(2 * time.Second)
		if p.Back.Amount > 0 && s.token == "tok_refund_fails" {
			for range 20 {
				w.tick(5 * time.Minute)
			}
		} else if diff := cmp.Diff(p.facts(), w.since(at, id)); diff != "" {
			t.Errorf("(-foreseen +happened):\n%s", diff)
		}
		if now := w.ledger(); now != had+p.Taken.Amount-p.Back.Amount {
			t.Errorf("the provider has %d and had %d; foreseen is that it takes %v and gives back %v", now, had, p.Taken, p.Back)
		}
		if status := w.shown(id).Status; status != p.Becomes {
			t.Errorf("it becomes %s, and not %s", status, p.Becomes)
		}
		compared[s.verb]++
	}
}
