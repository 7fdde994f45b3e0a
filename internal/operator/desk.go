package operator

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/record"
	"tourbillon/internal/rehearsal"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
	"tourbillon/internal/words"
	"tourbillon/saga"
)

// Desk is what the operators' API stands on. Each of its handlers uses some of
// it; Now, Log and Operators are for all. The zero Operators lets nobody in.
type Desk struct {
	Records    *store.Records
	Plans      saga.Plans
	Mailbox    Mailbox
	Words      *words.Words    // what notify can say
	Messages   record.Messages // where a test is sent
	Broker     Publisher
	History    events.History
	Archive    Publisher                  // what is published here is in History, and goes nowhere else that there is a choice about
	Letters    map[string]Letters         // by broker; of brokers that are one, one
	Triggers   map[string]string          // by Trigger: the function that it brings events to
	Hears      map[string][]events.Filter // by function: which facts Triggers bring it
	Stage      rehearsal.Stage            // where wishes and letters are tried
	CustomerID func(email string) string
	Page       func(customerID string) string // the address of a customer's preferences, key included
	Functions  map[string]http.Handler        // by name: what POST /functions/{name} reaches
	Brokers    map[string]http.Handler        // by name: what POST /broker/{name} reaches
	Now        func() time.Time
	Log        *slog.Logger
	Operators  web.Operators
}

// Mailbox keeps what customers were told, where that is known. List returns a
// page of all messages, Of one of a booking's, OfCustomer one of all of a
// customer's, oldest first, and the cursor of the next. A cursor that no page had
// is answered with store.ErrCursor. Erase forgets a booking's messages but that
// they were sent, and returns how many it had not forgotten before;
// EraseCustomer all of a customer's.
type Mailbox interface {
	List(ctx context.Context, cursor string, limit int) ([]record.Mail, string, error)
	Of(ctx context.Context, bookingID, cursor string, limit int) ([]record.Mail, string, error)
	OfCustomer(ctx context.Context, customerID, cursor string, limit int) ([]record.Mail, string, error)
	Erase(ctx context.Context, bookingID string) (int, error)
	EraseCustomer(ctx context.Context, customerID string) (int, error)
}

// Publisher is a broker's ingress. Publish returns nil only when every event is
// safely with the broker.
type Publisher interface {
	Publish(ctx context.Context, ces ...event.Event) error
}

// Letters is what a broker gave up, as [events.Transport] has it, and the way
// back into that broker.
type Letters interface {
	Publisher
	DeadLetters(ctx context.Context) ([]events.DeadLetter, error)
	Discard(ctx context.Context, letter string) error
}

// publish says events for an operator, and logs that.
func (d Desk) publish(ctx context.Context, es ...events.Event) error {
	var ces []event.Event
	for _, e := range es {
		ce, err := events.Encode(e)
		if err != nil {
			return arrow.Never(err)
		}
		ces = append(ces, ce)
	}
	if err := d.Broker.Publish(ctx, ces...); err != nil {
		return arrow.Again(err)
	}
	for _, e := range es {
		d.Log.InfoContext(ctx, "operator", "name", e.Name, "event", e.ID, "booking", arrow.Short(e.Data.ID))
	}
	return nil
}

// tell is a command that an operator says now.
func (d Desk) tell(n events.Name, data events.Data, wish string) events.Event {
	return events.Tell(n, data, d.Now()).Of(wish).Render(events.Speaker{Function: "operator"}, events.Event{})
}
