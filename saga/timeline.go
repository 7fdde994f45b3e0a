package saga

import (
	"strconv"
	"time"

	"tourbillon/events"
)

// Moment is one line of a booking's timeline: a fact, the fact that led to it
// by the plan, and the time between them. It is the same in both flows; who
// spoke in between is not in it.
type Moment struct {
	At      time.Time   `json:"at"`
	Event   events.Name `json:"event"`
	ID      string      `json:"id"`
	Cause   events.Name `json:"cause,omitempty"`
	Attempt int         `json:"attempt,omitempty"`
	Latency Latency     `json:"latencyMs"`
	Reason  string      `json:"reason,omitempty"`
}

// Latency is a time between two facts. JSON has it in milliseconds, with the
// microseconds: in one process a step takes less than one millisecond.
type Latency time.Duration

// MarshalJSON implements [json.Marshaler].
func (l Latency) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Duration(l).Microseconds())/1000, 'f', -1, 64), nil
}

// Timeline tells a booking's way from its record, oldest first. Of an empty
// record there is nothing to tell, and of a plan that this build does not have
// no causes.
func (ps Plans) Timeline(r Record) []Moment {
	if len(r.Heard) == 0 {
		return nil
	}
	var leads map[events.Name]map[events.Name]bool
	if p, ok := ps[r.Plan]; ok {
		leads = p.leads()
	}
	var line []Moment
	for i, h := range r.Heard {
		m := Moment{At: h.At, Event: h.Name, ID: h.ID, Attempt: h.Attempt, Reason: string(h.Reason)}
		for j := i - 1; j >= 0; j-- {
			if before := r.Heard[j]; leads[h.Name][before.Name] {
				m.Cause, m.Latency = before.Name, Latency(h.At.Sub(before.At))
				break
			}
		}
		line = append(line, m)
	}
	return line
}

// leads says which facts lead to which: those that trigger the function whose
// command the fact answers.
func (p Plan) leads() map[events.Name]map[events.Name]bool {
	leads := make(map[events.Name]map[events.Name]bool)
	lead := func(from, to events.Name) {
		if leads[to] == nil {
			leads[to] = make(map[events.Name]bool)
		}
		leads[to][from] = true
	}
	for _, r := range p.Choreography() {
		spec, _ := events.Lookup(r.does)
		for _, to := range spec.Answers {
			lead(events.Name(r.Filter["name"]), to)
			if to == events.Send {
				lead(events.Name(r.Filter["name"]), events.Sent)
				lead(events.Name(r.Filter["name"]), events.SendFailed)
			}
		}
	}
	for _, late := range []events.Name{events.PaymentSucceeded, events.PaymentFailed} {
		lead(events.PaymentInitiated, late)
	}
	for _, closing := range p.Undo[0].Good {
		lead(events.BookingConfirmed, closing)
		lead(events.BookingCreated, closing)
		lead(events.SpotsReserved, closing)
		lead(events.BookingRequested, closing)
	}
	for _, told := range []events.Name{events.Sent, events.SendFailed} {
		lead(told, events.BookingCompleted)
	}
	return leads
}
