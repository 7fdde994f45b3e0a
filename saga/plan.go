package saga

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tourbillon/events"
)

// Step is one command of the plan and the facts that answer it.
type Step struct {
	Command  events.Name
	Good     []events.Name // go on to the next step
	Bad      []events.Name // close the booking
	Partial  []events.Name // the answer is not there yet: wait Patience
	Reminder events.Name   // said from the deadline on; unset: Command again
	Wait     time.Duration // the first deadline
	WaitMost time.Duration // later ones double up to this
	Patience time.Duration // the deadline after a partial answer
	Attempts int           // reminders at most, then the step is given up as noted; 0: for ever
}

// Plan is the steps of a booking, stated once. The zero value is no plan; see
// [V1].
type Plan struct {
	Version       int
	Forward       []Step // up to the ending's message
	Pivot         events.Name
	Undo          []Step // from the closing of the booking to the ending's message
	Debt          Step   // what is said while a refund has failed
	Complete      Step
	CompleteAfter time.Duration // from the departure's start
	Ask           Step          // for a booking that the keeper does not know
	Delayed       time.Duration // a payment that is initiated extends the hold by this
	StuckAfter    time.Duration // a step that must not fail waits so long until an operator is told
}

// V1 is the plan that new sagas begin with.
func V1() Plan {
	tell := Step{
		Command: events.Announce, Good: []events.Name{events.Sent, events.SendFailed, events.SendDeferred},
		Wait: time.Minute, WaitMost: 5 * time.Minute, Attempts: 12,
	}
	step := func(command events.Name, good ...events.Name) Step {
		return Step{Command: command, Good: good, Wait: 20 * time.Second, WaitMost: 5 * time.Minute}
	}
	reserve := step(events.SpotsReserve, events.SpotsReserved)
	reserve.Bad = []events.Name{events.SpotsRejected}
	charge := step(events.PaymentCharge, events.PaymentSucceeded)
	charge.Bad = []events.Name{events.PaymentFailed}
	charge.Partial = []events.Name{events.PaymentInitiated}
	charge.Reminder = events.PaymentSettle
	charge.Wait, charge.Patience = time.Minute, 10*time.Minute
	ask := step(events.BookingRequest, events.BookingRequested)
	ask.Attempts = 6 // until a hold of the default length has ended
	return Plan{
		Version: 1,
		Forward: []Step{
			reserve,
			step(events.BookingCreate, events.BookingCreated),
			charge,
			step(events.BookingConfirm, events.BookingConfirmed),
			step(events.SpotsSell, events.SpotsSold),
			tell,
		},
		Pivot: events.BookingConfirm,
		Undo: []Step{
			step(events.BookingClose, events.BookingRejected, events.BookingExpired, events.BookingCancelled),
			step(events.PaymentRefund, events.PaymentRefunded, events.PaymentVoided),
			step(events.SpotsRelease, events.SpotsReleased),
			tell,
		},
		Debt:          step(events.PaymentSettle, events.PaymentRefunded, events.PaymentVoided),
		Complete:      step(events.BookingComplete, events.BookingCompleted),
		CompleteAfter: 24 * time.Hour,
		Ask:           ask,
		StuckAfter:    10 * time.Minute,
	}
}

// Plans holds every plan that a saga in flight may have begun with, by
// version: a saga ends by the plan it began with.
type Plans map[int]Plan

// Shipped is the plans of this build.
func Shipped() Plans { return Plans{1: V1()} }

// Newest returns the plan that new sagas begin with.
func (ps Plans) Newest() Plan {
	newest := Plan{}
	for _, p := range ps {
		if p.Version > newest.Version {
			newest = p
		}
	}
	return newest
}

// Check says what is wrong with a plan, all complaints at once: a deadline
// before the pivot that is not shorter than the hold, a step without answers,
// an answer that the keeper does not hear, one that would trigger the very
// function that gave it.
func (p Plan) Check(hold time.Duration) error {
	var wrong []error
	for _, s := range p.steps() {
		if len(s.Good) == 0 || s.Wait <= 0 || s.WaitMost < s.Wait {
			wrong = append(wrong, fmt.Errorf("plan %d: %s: has no answer or no deadline", p.Version, s.Command))
		}
		for _, f := range slices.Concat(s.Good, s.Bad, s.Partial) {
			if spec, _ := events.Lookup(f); !spec.Step {
				wrong = append(wrong, fmt.Errorf("plan %d: %s: its answer %s is no step, so the keeper does not hear it", p.Version, s.Command, f))
			}
		}
	}
	for _, s := range p.Forward {
		if s.Wait >= hold || s.Patience >= hold {
			wrong = append(wrong, fmt.Errorf("plan %d: %s: its deadline is not shorter than the hold of %v", p.Version, s.Command, hold))
		}
		if s.Command == p.Pivot {
			break
		}
	}
	for _, r := range p.Choreography() {
		spec, _ := events.Lookup(r.does)
		fact := events.Name(r.Filter["name"])
		if spec.To == r.To && slices.Contains(spec.Answers, fact) {
			wrong = append(wrong, fmt.Errorf("plan %d: %s is triggered by its own answer %s", p.Version, r.does, fact))
		}
	}
	return errors.Join(wrong...)
}

func (p Plan) steps() []Step {
	return slices.Concat(p.Forward, p.Undo, []Step{p.Debt, p.Complete, p.Ask})
}
