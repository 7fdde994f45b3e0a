package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// cursorOf begins every cursor; the offset to go on with follows.
const cursorOf = "rabbitmq-"

// Read implements [events.History], where [Settings] say that history is kept.
// It tells facts alone.
func (t *Transport) Read(ctx context.Context, cursor string, limit int) (ces []event.Event, next string, err error) {
	if err := t.enter(ctx, &t.publishing); err != nil {
		return nil, cursor, err
	}
	defer t.publishing.Done()
	if !t.history {
		return nil, cursor, errors.New("read history: this transport keeps none")
	}
	from, err := place(cursor)
	if err != nil || limit < 1 {
		return nil, cursor, err
	}
	after, err := t.scan(ctx, t.names.history(), from, func(d *amqp.Delivery) bool {
		ce, err := read(d)
		if kind, _ := events.Attribute(ce, "kind"); err == nil && kind == string(events.Fact) {
			ces = append(ces, ce)
		}
		return len(ces) < limit
	})
	if errors.Is(err, errBeyond) {
		return nil, cursor, fmt.Errorf("read history: %w: %w", events.ErrCursor, err)
	}
	if err != nil {
		return nil, cursor, err
	}
	return ces, cursorOf + strconv.FormatInt(after, 10), nil
}

// place is the offset that a cursor names.
func place(cursor string) (any, error) {
	if cursor == "" {
		return "first", nil
	}
	number, ours := strings.CutPrefix(cursor, cursorOf)
	from, err := strconv.ParseInt(number, 10, 64)
	if !ours || err != nil || from < 0 {
		return nil, fmt.Errorf("read history: %w", events.ErrCursor)
	}
	return from, nil
}
