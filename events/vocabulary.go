package events

import (
	"slices"

	"github.com/cloudevents/sdk-go/v2/types"

	"tourbillon/internal/booking"
)

// Name is an event's short name: what people say, what Triggers filter by.
type Name string

// The commands.
const (
	BookingRequest  Name = "booking.request"
	SpotsReserve    Name = "tour.spots.reserve"
	BookingCreate   Name = "booking.create"
	PaymentCharge   Name = "payment.charge"
	PaymentSettle   Name = "payment.settle"
	BookingConfirm  Name = "booking.confirm"
	SpotsSell       Name = "tour.spots.sell"
	BookingCancel   Name = "booking.cancel"
	BookingClose    Name = "booking.close"
	PaymentRefund   Name = "payment.refund"
	SpotsRelease    Name = "tour.spots.release"
	BookingComplete Name = "booking.complete"
	Announce        Name = "notification.announce"
	Send            Name = "notification.send"
	SendWake        Name = "notification.wake"
	SagaWake        Name = "saga.wake"
	ClockTick       Name = "clock.tick"
	FanoutNext      Name = "fanout.next"
	TourCreate      Name = "tour.create"
	TourUpdate      Name = "tour.update"
	DepartureOpen   Name = "departure.open"
	DepartureChange Name = "departure.change"
	DepartureClose  Name = "departure.close"
	DepartureCancel Name = "departure.cancel"
)

// The facts.
const (
	BookingRequested    Name = "booking.requested"
	SpotsReserved       Name = "tour.spots.reserved"
	SpotsRejected       Name = "tour.spots.rejected"
	SpotsSold           Name = "tour.spots.sold"
	SpotsReleased       Name = "tour.spots.released"
	BookingCreated      Name = "booking.created"
	BookingConfirmed    Name = "booking.confirmed"
	BookingCompleted    Name = "booking.completed"
	BookingRejected     Name = "booking.rejected"
	BookingExpired      Name = "booking.expired"
	BookingCancelled    Name = "booking.cancelled"
	BookingCloseRefused Name = "booking.close.refused"
	PaymentInitiated    Name = "payment.initiated"
	PaymentSucceeded    Name = "payment.succeeded"
	PaymentFailed       Name = "payment.failed"
	PaymentRefunded     Name = "payment.refunded"
	PaymentVoided       Name = "payment.voided"
	PaymentRefundFailed Name = "payment.refund.failed"
	PaymentDisputed     Name = "payment.disputed"
	Sent                Name = "notification.sent"
	SendFailed          Name = "notification.failed"
	SendDeferred        Name = "notification.deferred"
	Delivered           Name = "notification.delivered"
	Bounced             Name = "notification.bounced"
	OptedOut            Name = "customer.opted.out"
	OptedIn             Name = "customer.opted.in"
	Suppressed          Name = "customer.suppressed"
	Restored            Name = "customer.restored"
	PreferencesChanged  Name = "customer.preferences.changed"
	SagaCompleted       Name = "saga.completed"
	SagaCompensated     Name = "saga.compensated"
	SagaStuck           Name = "saga.stuck"
	OperatorIntervened  Name = "operator.intervened"
	TourCreated         Name = "tour.created"
	TourUpdated         Name = "tour.updated"
	TourRefused         Name = "tour.refused"
	DepartureOpened     Name = "tour.departure.opened"
	DepartureChanged    Name = "tour.departure.changed"
	DepartureClosed     Name = "tour.departure.closed"
	DepartureCancelled  Name = "tour.departure.cancelled"
	DepartureRefused    Name = "tour.departure.refused"
	AvailabilityLow     Name = "tour.availability.low"
	SoldOut             Name = "tour.sold.out"
	AvailabilityBack    Name = "tour.availability.back"
)

// Spec is one name of the vocabulary.
type Spec struct {
	Name    Name
	Kind    Kind
	Version int    // the newest
	To      string // commands: the function addressed
	Record  string // facts: the kind of record it is about; commands: the one it works on
	Says    string // facts: who may say it, comma separated; commands: what it asks for
	Answers []Name // commands: what answers it, where it is not closed yet: facts; a source and the keeper answer by commands
	Step    bool   // facts: whether the keeper must hear it
	Aside   bool   // facts: whether some are no step all the same, see [Answer.Aside]
}

// Lookup returns the spec of a name, and whether there is one.
func Lookup(n Name) (Spec, bool) {
	s, ok := byName[n]
	return s.Spec, ok
}

// Vocabulary returns every spec, commands first, in the order of a booking's way.
func Vocabulary() []Spec { return slices.Clone(vocabulary) }

// written is a spec, and what of it Encode writes, made once.
type written struct {
	Spec
	newest string     // its CloudEvents type
	schema *types.URI // its dataschema
}

var byName = func() map[Name]written {
	m := make(map[Name]written, len(vocabulary))
	for _, s := range vocabulary {
		m[s.Name] = written{s, s.Name.Type(s.Version), types.ParseURI(urn(s.Name, s.Version))}
	}
	return m
}()

// words are the values of attributes that come again and again, each held as
// the interface that a CloudEvent wants it in.
var words = func() map[string]any {
	m := make(map[string]any)
	for _, w := range []string{string(Command), string(Fact), string(booking.Orchestration), string(booking.Choreography), "step"} {
		m[w] = w
	}
	for _, s := range vocabulary {
		for _, w := range []string{string(s.Name), s.To, s.Record} {
			m[w] = w
		}
	}
	return m
}()

// speakers are the sources of those who speak: records and functions.
var speakers = func() map[string]*types.URIRef {
	m := make(map[string]*types.URIRef)
	for _, s := range vocabulary {
		for _, who := range []string{s.Record, s.To} {
			m[source(who)] = types.ParseURIRef(source(who))
		}
	}
	return m
}()
