package kafka

import (
	"context"
	"strings"
	"sync"

	"github.com/segmentio/kafka-go"
)

// name is what a group calls a member. The library keeps it to itself, and
// where a connection breaks while it joins, or where it is closed while the
// group is about to be shared out anew, it forgets it without having left: the
// others then wait for the lost member for a whole session. What the library
// tells its logger is the one place to learn it from.
type name struct {
	mu   sync.Mutex
	id   string
	left bool // properly
}

// heed listens to what the library tells a logger.
func (n *name) heed(to kafka.Logger) kafka.Logger {
	return kafka.LoggerFunc(func(format string, args ...any) {
		to.Printf(format, args...)
		joined, leaving := strings.HasPrefix(format, "Joined group"), strings.HasPrefix(format, "Leaving group")
		if len(args) < 2 || !joined && !leaving {
			return
		}
		if id, ok := args[1].(string); ok {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.id, n.left = id, leaving
		}
	})
}

func (n *name) hasLeft() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.left || n.id == ""
}

// dismiss has the group forget the member that this was before it lost touch,
// if there was one. Where that fails it is tried again after the next failure
// to join.
func (m *member) dismiss() {
	m.name.mu.Lock()
	id := m.name.id
	m.name.mu.Unlock()
	if id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	_, err := m.t.client.LeaveGroup(ctx, &kafka.LeaveGroupRequest{GroupID: m.id, Members: []kafka.LeaveGroupRequestMember{{ID: id}}})
	if err != nil {
		return
	}
	m.name.mu.Lock()
	defer m.name.mu.Unlock()
	if m.name.id == id {
		m.name.id = ""
	}
}
