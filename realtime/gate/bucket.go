package gate

import "time"

// Rate is how often something may happen: so many times a second, and so many
// at once after a pause.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Bucket counts what a [Rate] allows. The zero value is full. It is not safe
// for concurrent use.
type Bucket struct {
	used float32   // of the burst
	last time.Time // when that was so
}

// Take reports whether it may happen now; if so, it did.
func (b *Bucket) Take(r Rate, now time.Time) bool {
	if !b.last.IsZero() {
		b.used = max(0, b.used-float32(now.Sub(b.last).Seconds()*r.PerSecond))
	}
	b.last = now
	if b.used+1 > float32(r.Burst) {
		return false
	}
	b.used++
	return true
}
