// Package function is the function reserve as Knative's func runs it: the same
// handler as everywhere, in func's clothes.
package function

import (
	"context"
	"log/slog"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/knative/alone"
)

// Function is what func starts, asks and stops.
type Function struct {
	handle alone.Handler
	closes func() error
}

// New returns a function that is not started yet.
func New() *Function { return &Function{} }

// Start opens the records: those of REDIS_URL, of the settings that func hands
// over.
func (f *Function) Start(ctx context.Context, settings map[string]string) (err error) {
	f.handle, f.closes, err = alone.Reserve(ctx, settings["REDIS_URL"], slog.Default())
	return err
}

// Handle answers an event with at most one.
func (f *Function) Handle(ctx context.Context, e event.Event) (*event.Event, error) {
	return f.handle(ctx, e)
}

// Stop lets go of the records.
func (f *Function) Stop(context.Context) error { return f.closes() }
