package store

// The bounds of a group, for the tests.
const (
	GroupMembers = groupMembers
	GroupTries   = groupTries
	GroupTime    = groupTime
)

// Queues is how many records have work that waits or is being done.
func (r *Records) Queues() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queues)
}
