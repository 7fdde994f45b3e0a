package kafka

import (
	"context"
	"io"
	"testing"

	"github.com/segmentio/kafka-go"
)

// TestServe_Ended serves a generation that had ended before it was begun, which
// the library does not wait for: the next may be under way already.
func TestServe_Ended(t *testing.T) {
	tr, _ := inside(t, io.Discard)
	m := &member{group: declared(t, tr)}
	m.reading, m.stop = context.WithCancel(t.Context())
	defer m.stop()
	at := place{payments, 0}
	next := m.partition(at, 0)
	m.assign(map[place]*partition{at: next})
	ended, end := context.WithCancel(t.Context())
	end()
	m.serve(ended, &kafka.Generation{})
	if m.part(at) != next {
		t.Error("it has taken the partitions of the next")
	}
}
