package kafka

import "time"

// Bounds of what one subscription has in memory of one partition: how many
// offsets beyond the first that is not done, how many records and how many
// bytes of them. Of what was put off more is held, since it only waits.
const (
	window     = 8192
	held       = 128
	heldOff    = 2048
	heldBytes  = 1 << 20
	heldMemory = 8 << 20 // of what was put off
)

// partition is a partition that a subscription was given, for one generation
// of its group. The group's lock guards it.
type partition struct {
	place
	next      int64 // the offset to read next
	committed int64
	window    []*item // what is not done, and what is done behind it, by offset
	held      int     // items whose record is in memory
	bytes     int     // of them
	lost      bool    // somebody else's by now
}

// state is how far an item is.
type state int

const (
	ready   state = iota // waits for a worker, or for its lane
	flying               // is being delivered
	waiting              // waits for its time
	done
)

// item is a record on its way through a subscription.
type item struct {
	of     *partition
	record *record // nil once it is done
	offset int64
	lane   string
	tries  int
	due    time.Time // of what was put off: not before
	seq    uint64    // of two due at one time, which was there first
	state  state
}

// add takes a record in.
func (p *partition) add(it *item) {
	p.window = append(p.window, it)
	p.held++
	p.bytes += it.record.size()
}

// finish marks an item done, and lets go of its record.
func (p *partition) finish(it *item) {
	if it.state == done {
		return
	}
	p.held--
	p.bytes -= it.record.size()
	it.state, it.record = done, nil
	n := 0
	for n < len(p.window) && p.window[n].state == done {
		p.window[n] = nil
		n++
	}
	p.window = p.window[n:]
}

// watermark is the offset before which everything is done.
func (p *partition) watermark() int64 {
	if len(p.window) == 0 {
		return p.next
	}
	return p.window[0].offset
}

// room reports whether more may be read.
func (p *partition) room(off bool) bool {
	most, bytes := held, heldBytes
	if off {
		most, bytes = heldOff, heldMemory
	}
	return p.held < most && p.bytes < bytes && (len(p.window) == 0 || p.next-p.window[0].offset < window)
}

// blocking returns the first item if it only waits for its time, and others
// wait for it: those done behind it cannot be told to be, or nothing more can
// be read.
func (p *partition) blocking(off bool) *item {
	if len(p.window) == 0 || p.window[0].state != waiting || p.room(off) {
		return nil
	}
	return p.window[0]
}
