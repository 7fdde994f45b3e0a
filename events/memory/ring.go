package memory

// ring is a first-in, first-out list that grows and keeps what it grew to.
type ring struct {
	buf     []item
	head, n int
}

func (r *ring) push(it item) {
	if r.n == len(r.buf) {
		grown := make([]item, max(16, 2*r.n))
		copy(grown[copy(grown, r.buf[r.head:]):], r.buf[:r.head])
		r.buf, r.head = grown, 0
	}
	r.buf[(r.head+r.n)%len(r.buf)] = it
	r.n++
}

// pop takes the first out; there must be one.
func (r *ring) pop() item {
	it := r.buf[r.head]
	r.buf[r.head] = item{} // let go of the event
	r.head = (r.head + 1) % len(r.buf)
	r.n--
	return it
}
