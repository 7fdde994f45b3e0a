package memory

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// place is a name and what it is ordered by: its score, then the name itself.
type place struct {
	score int64
	name  string
}

func (p place) compare(q place) int {
	if c := cmp.Compare(p.score, q.score); c != 0 {
		return c
	}
	return strings.Compare(p.name, q.name)
}

// blockSize bounds what an insertion has to move.
const blockSize = 128

// ranking is a set of names in order. The zero value is empty. It is a list of
// sorted blocks, none empty, each before the next: finding is two binary
// searches, and inserting moves less than a block.
type ranking struct {
	scores map[string]int64
	blocks [][]place
}

func (r *ranking) size() int { return len(r.scores) }

// put ranks a name; one that was ranked before moves.
func (r *ranking) put(p place) {
	if old, ok := r.scores[p.name]; ok {
		if old == p.score {
			return
		}
		r.cut(place{old, p.name})
	}
	if r.scores == nil {
		r.scores = make(map[string]int64)
	}
	r.scores[p.name] = p.score
	r.insert(p)
}

// remove takes a name out, if it is in.
func (r *ranking) remove(name string) {
	if score, ok := r.scores[name]; ok {
		delete(r.scores, name)
		r.cut(place{score, name})
	}
}

func (r *ranking) first() (place, bool) {
	if len(r.blocks) == 0 {
		return place{}, false
	}
	return r.blocks[0][0], true
}

// after returns what ranks after p, in order.
func (r *ranking) after(p place) iter.Seq[place] {
	return func(yield func(place) bool) {
		b, i := r.find(p)
		if b < len(r.blocks) && r.blocks[b][i] == p {
			i++
		}
		for ; b < len(r.blocks); b, i = b+1, 0 {
			for _, q := range r.blocks[b][i:] {
				if !yield(q) {
					return
				}
			}
		}
	}
}

// find returns the block that p is in or would be, and where in it. The block
// is one too far when p ranks after all.
func (r *ranking) find(p place) (b, i int) {
	b, _ = slices.BinarySearchFunc(r.blocks, p, func(block []place, p place) int {
		return block[len(block)-1].compare(p)
	})
	if b < len(r.blocks) {
		i, _ = slices.BinarySearchFunc(r.blocks[b], p, place.compare)
	}
	return b, i
}

func (r *ranking) insert(p place) {
	b, i := r.find(p)
	if b == len(r.blocks) { // after all: what comes by rising score fills blocks whole
		if b == 0 || len(r.blocks[b-1]) == blockSize {
			r.blocks = append(r.blocks, []place{p})
		} else {
			r.blocks[b-1] = append(r.blocks[b-1], p)
		}
		return
	}
	block := slices.Insert(r.blocks[b], i, p)
	r.blocks[b] = block
	if len(block) > blockSize {
		half := len(block) / 2
		r.blocks = slices.Insert(r.blocks, b+1, slices.Clone(block[half:]))
		clear(block[half:])
		r.blocks[b] = block[:half]
	}
}

// cut takes out a place that is known to be there.
func (r *ranking) cut(p place) {
	b, i := r.find(p)
	r.blocks[b] = slices.Delete(r.blocks[b], i, i+1)
	if len(r.blocks[b]) == 0 {
		r.blocks = slices.Delete(r.blocks, b, b+1)
		return
	}
	r.join(b)
	r.join(b - 1)
}

// join makes one of a block and the next when both have become small.
func (r *ranking) join(b int) {
	if b < 0 || b+1 >= len(r.blocks) || len(r.blocks[b])+len(r.blocks[b+1]) > blockSize/2 {
		return
	}
	r.blocks[b] = append(r.blocks[b], r.blocks[b+1]...)
	r.blocks = slices.Delete(r.blocks, b+1, b+2)
}
