package store

import (
	"errors"
	"time"
)

// ErrLeased is a record that somebody else is working on right now.
var ErrLeased = errors.New("somebody else is at it")

// Lease guards a stretch of work that leaves the record, such as a call to a
// provider. It lives in the entry, under the same revision as everything else.
// Each taker gets a higher fence; what a holder learned counts only while its
// fence is the newest. The zero value is free.
type Lease struct {
	Fence uint64    `json:"fence,omitempty"`
	Until time.Time `json:"until,omitzero"`
}

// Take returns the lease taken from now for d, or [ErrLeased] while another
// holder's time runs.
func (l Lease) Take(now time.Time, d time.Duration) (Lease, error) {
	if now.Before(l.Until) {
		return l, ErrLeased
	}
	return Lease{Fence: l.Fence + 1, Until: now.Add(d)}, nil
}

// Holds reports whether the taker that got fence has not been overtaken.
func (l Lease) Holds(fence uint64) bool { return l.Fence == fence }

// Free returns the lease given back: the next may take it at once.
func (l Lease) Free() Lease { return Lease{Fence: l.Fence} }
