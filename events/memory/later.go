package memory

import "time"

// due is an event put off, and until when. Of two due at one moment the one
// put off first comes first.
type due struct {
	item
	at  time.Time
	seq uint64
}

// later is a heap, the first due on top.
type later struct {
	items []due
	seq   uint64
}

func (l *later) Len() int { return len(l.items) }

func (l *later) Less(i, j int) bool {
	a, b := l.items[i], l.items[j]
	return a.at.Before(b.at) || a.at.Equal(b.at) && a.seq < b.seq
}

func (l *later) Swap(i, j int) { l.items[i], l.items[j] = l.items[j], l.items[i] }

// Push implements [heap.Interface].
func (l *later) Push(x any) {
	d := x.(due)
	d.seq, l.seq = l.seq, l.seq+1
	l.items = append(l.items, d)
}

// Pop implements [heap.Interface].
func (l *later) Pop() any {
	last := len(l.items) - 1
	d := l.items[last]
	l.items[last] = due{}
	l.items = l.items[:last]
	return d
}
