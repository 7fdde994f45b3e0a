package memory

import (
	"slices"
	"strconv"
	"time"

	"tourbillon/events"
)

// How many dead letters are kept, and for how long.
const (
	Letters = 10_000
	Kept    = 30 * 24 * time.Hour
)

// letters are the dead letters, oldest first.
type letters struct {
	kept []events.DeadLetter
	last int // the newest one's ID
}

// add keeps l. Where they are full, it returns the oldest, which had to go.
func (ls *letters) add(l events.DeadLetter) (lost events.DeadLetter, full bool) {
	ls.expire()
	if full = len(ls.kept) >= Letters; full {
		lost, ls.kept = ls.kept[0], ls.kept[1:]
	}
	ls.last++
	l.ID = strconv.Itoa(ls.last)
	ls.kept = append(ls.kept, l)
	return lost, full
}

// discard takes one away, and reports whether it was there.
func (ls *letters) discard(id string) bool {
	ls.expire()
	n := len(ls.kept)
	ls.kept = slices.DeleteFunc(ls.kept, func(l events.DeadLetter) bool { return l.ID == id })
	return len(ls.kept) < n
}

// list returns a copy of those that have not outlived [Kept].
func (ls *letters) list() []events.DeadLetter {
	ls.expire()
	return slices.Clone(ls.kept)
}

func (ls *letters) expire() {
	old := time.Now().Add(-Kept)
	n := 0
	for n < len(ls.kept) && ls.kept[n].At.Before(old) {
		n++
	}
	ls.kept = ls.kept[n:]
}
