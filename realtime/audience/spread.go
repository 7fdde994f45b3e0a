package audience

import (
	"math/bits"
	"time"
)

// fine is the least bits of a duration that a spread tells apart: it is right to
// one part in 64.
const fine = 6

// Spread is how durations are distributed. The zero value is empty. It is made
// of plain fields so that those of several processes can be sent and added up.
type Spread struct {
	Counts map[int]uint64 `json:"counts,omitempty"`
	N      uint64         `json:"n"`
	Most   time.Duration  `json:"most"`
}

// Add counts one. What is below zero counts as zero: clocks may be set.
func (s *Spread) Add(d time.Duration) {
	if s.Counts == nil {
		s.Counts = make(map[int]uint64)
	}
	s.Counts[slot(max(0, d))]++
	s.N++
	s.Most = max(s.Most, d)
}

// Join adds another spread.
func (s *Spread) Join(other Spread) {
	if s.Counts == nil {
		s.Counts = make(map[int]uint64)
	}
	for at, n := range other.Counts {
		s.Counts[at] += n
	}
	s.N += other.N
	s.Most = max(s.Most, other.Most)
}

// At is the duration that so many percent are not above, and zero of none.
func (s *Spread) At(percent float64) time.Duration {
	rank, last := uint64(float64(s.N)*percent/100+.999999), 0
	for at := range s.Counts {
		last = max(last, at)
	}
	for at, seen := 0, uint64(0); at <= last && s.N > 0; at++ {
		if seen += s.Counts[at]; seen >= rank {
			return min(s.Most, upper(at))
		}
	}
	return s.Most
}

// slot is where a duration is counted: in microseconds, with as many slots for
// each power of two.
func slot(d time.Duration) int {
	us := uint64(d.Microseconds())
	above := max(0, bits.Len64(us)-fine-1)
	return above<<fine + int(us>>above)
}

// upper is the longest duration that a slot has.
func upper(slot int) time.Duration {
	above := max(0, slot>>fine-1)
	return time.Duration(uint64(slot-above<<fine+1)<<above) * time.Microsecond
}
