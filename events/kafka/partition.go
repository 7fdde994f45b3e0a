package kafka

import (
	"encoding/base64"
	"strings"
	"time"
)

// limits bound what one subscription has in memory of one partition.
type limits struct {
	window int64 // offsets beyond the first that is not done
	items  int   // records that are not done
	bytes  int   // of them
}

// Of what was put off more is held, for it only waits; and what is in the way
// of others there is written once more behind them, if it was not lately.
var (
	limitsOfTraffic = limits{window: 8192, items: 128, bytes: 1 << 20}
	limitsOfRetries = limits{window: 8192, items: 2048, bytes: 8 << 20}
)

const lately = 10 * time.Second

// partition is a partition that a subscription was given, for one generation
// of its group. The group's lock guards it.
type partition struct {
	place
	limits    limits
	next      int64 // the offset to read next
	committed int64
	dirty     bool           // something was done since that
	skip      map[int64]bool // what is to be read, and was done before
	window    []*item        // what is not done, and what is done behind it, by offset
	held      int            // items whose record is in memory
	bytes     int            // of them
	lost      bool           // somebody else's by now
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

// add takes a record in, and reports whether there is anything to do about it.
func (p *partition) add(it *item) bool {
	p.window = append(p.window, it)
	if p.skip[it.offset] {
		delete(p.skip, it.offset)
		it.state, it.record = done, nil
		p.shrink()
		return false
	}
	p.held++
	p.bytes += it.record.size()
	return true
}

// finish marks an item done, and lets go of its record.
func (p *partition) finish(it *item) {
	if it.state == done {
		return
	}
	p.held--
	p.bytes -= it.record.size()
	it.state, it.record = done, nil
	p.dirty = true
	p.shrink()
}

// shrink lets the window begin at what is not done.
func (p *partition) shrink() {
	n := 0
	for n < len(p.window) && p.window[n].state == done {
		p.window[n] = nil
		n++
	}
	p.window = p.window[n:]
}

// watermark is the offset before which everything is done.
func (p *partition) watermark() int64 {
	if len(p.window) > 0 {
		return p.window[0].offset
	}
	mark := p.next
	for p.skip[mark] {
		mark++
	}
	return mark
}

// room reports whether more may be read.
func (p *partition) room() bool {
	return p.held < p.limits.items && p.bytes < p.limits.bytes &&
		(len(p.window) == 0 || p.next-p.window[0].offset < p.limits.window)
}

// inTheWay returns what only waits for its time, if nothing more can be read
// for it.
func (p *partition) inTheWay() *item {
	if p.room() {
		return nil
	}
	for _, it := range p.window {
		if it.state == waiting {
			return it
		}
	}
	return nil
}

// stand is how far a partition is done: all before offset, and what done says,
// which goes to Kafka as the commit's metadata.
type stand struct {
	offset int64
	done   string
}

// doneMark begins metadata of ours: in base64 a bit for each offset behind the
// first that is not done, the first of them the lowest of the first byte.
const doneMark = "done:"

func (p *partition) stand() stand {
	s := stand{offset: p.watermark()}
	var bits []byte
	set := func(offset int64) {
		n := int(offset - s.offset - 1)
		if n < 0 {
			return
		}
		for len(bits) <= n/8 {
			bits = append(bits, 0)
		}
		bits[n/8] |= 1 << (n % 8)
	}
	for _, it := range p.window {
		if it.state == done {
			set(it.offset)
		}
	}
	for offset := range p.skip { // is not read again yet
		set(offset)
	}
	if len(bits) > 0 {
		s.done = doneMark + base64.RawStdEncoding.EncodeToString(bits)
	}
	return s
}

// offsets returns the offsets that are done behind the first that is not.
func (s stand) offsets() map[int64]bool {
	text, ours := strings.CutPrefix(s.done, doneMark)
	bits, err := base64.RawStdEncoding.DecodeString(text)
	if !ours || err != nil {
		return nil
	}
	all := map[int64]bool{}
	for n := range 8 * len(bits) {
		if bits[n/8]&(1<<(n%8)) != 0 {
			all[s.offset+1+int64(n)] = true
		}
	}
	return all
}
