package saga_test

import (
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/saga"
)

const hold = 15 * time.Minute

func TestPlan_Check(t *testing.T) {
	for _, p := range saga.Shipped() {
		if err := p.Check(hold); err != nil {
			t.Error(err)
		}
	}
	for says, plant := range map[string]func(*saga.Plan){
		"tour.spots.reserve: has no answer or no deadline": func(p *saga.Plan) { p.Forward[0].Good = nil },
		"payment.refund: has no answer or no deadline":     func(p *saga.Plan) { p.Undo[1].Good = nil },
		"booking.close: has no answer or no deadline":      func(p *saga.Plan) { p.Undo[0].Wait = 0 },
		"payment.settle: has no answer or no deadline":     func(p *saga.Plan) { p.Debt.Wait = 0 },
		"booking.complete: has no answer or no deadline":   func(p *saga.Plan) { p.Complete.Good = nil },
		"booking.request: has no answer or no deadline":    func(p *saga.Plan) { p.Ask.WaitMost = p.Ask.Wait - 1 },
		"booking.create: its deadline is not shorter":      func(p *saga.Plan) { p.Forward[1].Wait, p.Forward[1].WaitMost = hold, hold },
		"payment.charge: its deadline is not shorter":      func(p *saga.Plan) { p.Forward[2].Patience = hold },
		"booking.confirm: its deadline is not shorter":     func(p *saga.Plan) { p.Forward[3].Wait, p.Forward[3].WaitMost = time.Hour, time.Hour },
		"booking.create is triggered by its own answer":    func(p *saga.Plan) { p.Forward[2].Command = events.BookingCreate },
		"payment.refund is triggered by its own answer":    func(p *saga.Plan) { p.Undo[2].Command = events.PaymentRefund },
		"booking.request is triggered by its own answer":   func(p *saga.Plan) { p.Forward[0].Command = events.BookingRequest },
		"booking.close is triggered by its own answer":     func(p *saga.Plan) { p.Forward[2].Bad = []events.Name{events.BookingCancelled} },
		"tour.spots.sell is triggered by its own answer":   func(p *saga.Plan) { p.Forward[3].Good = []events.Name{events.SpotsSold} },
		"booking.create: its answer payment.disputed is no step": func(p *saga.Plan) {
			p.Forward[1].Good = []events.Name{events.PaymentDisputed}
		},
		"notification.announce: has no answer or no deadline": func(p *saga.Plan) { p.Forward[5].WaitMost = 0 },
	} {
		t.Run(says, func(t *testing.T) {
			p := saga.V1()
			plant(&p)
			if err := p.Check(hold); err == nil || !strings.Contains(err.Error(), "plan 1: "+says) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a step after the pivot may take longer than the hold", func(t *testing.T) {
		p := saga.V1()
		p.Forward[4].Wait, p.Forward[4].WaitMost = time.Hour, time.Hour
		if err := p.Check(hold); err != nil {
			t.Error(err)
		}
	})
	t.Run("all complaints come at once", func(t *testing.T) {
		p := saga.V1()
		p.Forward[0].Good, p.Undo[0].Wait = nil, 0
		err := p.Check(time.Second)
		if err == nil || strings.Count(err.Error(), "\n") != 5 {
			t.Errorf("got %v", err)
		}
	})
}

func TestPlans_Newest(t *testing.T) {
	plans := saga.Shipped()
	if got := plans.Newest().Version; got != 1 {
		t.Errorf("ships plan %d", got)
	}
	two := saga.V1()
	two.Version = 2
	plans[2] = two
	if got := plans.Newest().Version; got != 2 {
		t.Errorf("got plan %d of %d", got, len(plans))
	}
}

// TestPlans_kept has a plan change while a saga is in flight.
func TestPlans_kept(t *testing.T) {
	k := newKeeper(t, "")
	k.hears(reserved...)
	two := saga.V1()
	two.Version = 2
	two.Forward[2].Command = events.SpotsSell // stands for anything that is new
	k.plans[2] = two
	if a := k.hears(events.BookingCreated); a.Name != events.PaymentCharge || k.r.Plan != 1 {
		t.Errorf("a saga begun under plan 1 says %s, by plan %d", a.Name, k.r.Plan)
	}
	k.r = saga.Record{}
	if a := k.hears(created...); a.Name != events.SpotsSell || k.r.Plan != 2 {
		t.Errorf("a saga begun under plan 2 says %s, by plan %d", a.Name, k.r.Plan)
	}
}
