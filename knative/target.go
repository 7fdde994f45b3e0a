package knative

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
)

// outcome is how one delivery went, as its HTTP exchange would have shown it.
type outcome struct {
	status int // 0: nobody answered
	reply  *event.Event
	noise  bool              // it has a body that is no CloudEvent
	looped bool              // its reply has gone round too often
	body   []byte            // of a failure, the beginning
	why    string            // of a failure, for a person; holds nobody's data
	marks  map[string]string // of a failure, what its headers kne-* say
}

// late is why an answer counts for nothing.
const late = "no answer in time"

// target is where one Trigger's events go.
type target interface {
	send(ctx context.Context, ce event.Event) outcome
}

// function is a target in this process: no HTTP, and nothing encoded anew.
type function struct {
	name    string
	receive arrow.Receiver
	log     *slog.Logger
}

func (f *function) send(ctx context.Context, ce event.Event) (o outcome) {
	defer func() {
		if v := recover(); v != nil {
			// What it panicked with may hold data; where it did does not.
			f.log.Error("panic", "function", f.name, "event", ce.ID(), "stack", string(debug.Stack()))
			o = failed(ctx, &arrow.PanicError{Value: v})
		}
	}()
	reply, err := f.receive(ctx, ce)
	if err != nil {
		return failed(ctx, err)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return outcome{why: late} // nobody would have been there any more
	}
	return outcome{status: 200, reply: reply}
}

// failed is what HTTP would have shown of a receiver's error; past the
// delivery's timeout, nobody would have been there to be shown it.
func failed(ctx context.Context, err error) outcome {
	if ctx.Err() != nil {
		return outcome{why: late}
	}
	status, _ := arrow.Status(err)
	why := harmless(err)
	return outcome{status: status, why: why, body: []byte(why)}
}

// harmless is the text of an error that is known to hold nobody's data, as
// what a function shows by HTTP; the function's own log has the others.
func harmless(err error) string {
	var schema *events.SchemaError
	var panicked *arrow.PanicError
	switch {
	case errors.As(err, &schema):
		return schema.Error()
	case errors.As(err, &panicked):
		return panicked.Error()
	case errors.Is(err, events.ErrUnknown), errors.Is(err, arrow.ErrUnroutable):
		return err.Error()
	}
	return ""
}

// onward is a target that is a Broker.
type onward struct{ to *broker }

func (b onward) send(ctx context.Context, ce event.Event) outcome {
	if err := b.to.Publish(ctx, ce); err != nil {
		return notTaken(b.to.name)
	}
	return outcome{status: 202}
}

// notTaken is what a Broker's ingress answers where its transport cannot take
// an event now. A transport's error may quote the event, and is not repeated.
func notTaken(broker string) outcome {
	return outcome{status: 503, why: "Broker " + broker + " did not take the event"}
}
