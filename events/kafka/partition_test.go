package kafka

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// reading is a partition from which items are read one by one.
func reading(from int64) *partition {
	return &partition{place: place{"t", 0}, limits: limits{window: 100, items: 10, bytes: 1 << 20}, next: from, committed: from}
}

func (p *partition) read(wanted bool) *item {
	offset := p.next
	p.next++
	if !wanted {
		return nil
	}
	it := &item{of: p, offset: offset, record: &record{place: p.place, offset: offset, value: []byte("x")}}
	if !p.add(it) {
		return nil
	}
	return it
}

func TestPartition(t *testing.T) {
	t.Run("the watermark passes what is done and not wanted, and nothing else", func(t *testing.T) {
		p := reading(5)
		wantMark := func(want int64) {
			t.Helper()
			if got := p.watermark(); got != want {
				t.Errorf("watermark %d; want %d", got, want)
			}
		}
		wantMark(5)
		p.read(false)
		wantMark(6)
		first, second := p.read(true), p.read(true)
		p.read(false)
		p.finish(second)
		wantMark(6)
		p.finish(first)
		wantMark(9)
	})
	t.Run("what is held has bounds, and what is done makes room", func(t *testing.T) {
		p := reading(0)
		var all []*item
		for p.room() {
			all = append(all, p.read(true))
		}
		if len(all) != 10 {
			t.Errorf("%d items were held; want 10", len(all))
		}
		for p.next < 200 && p.held < 11 { // all but the first are done, again and again
			for _, it := range p.window[1:] {
				p.finish(it)
			}
			if !p.room() {
				break
			}
			p.read(true)
		}
		if p.next != 100 {
			t.Errorf("%d offsets were read beyond one that is not done; want 100", p.next)
		}
		p.finish(all[0])
		if !p.room() || p.bytes > p.held*1000 {
			t.Errorf("no room: %d items of %d bytes", p.held, p.bytes)
		}
	})
	t.Run("what waits is in the way only where there is no room for it", func(t *testing.T) {
		p := reading(0)
		p.read(true).state = flying
		for p.room() {
			if it := p.inTheWay(); it != nil {
				t.Fatalf("item %d is in the way, of %d", it.offset, p.held)
			}
			p.read(true).state = waiting
		}
		if it := p.inTheWay(); it == nil || it.offset != 1 {
			t.Errorf("%+v is in the way; want item 1", it)
		}
	})
}

// TestPartition_Stand does items in any order, and goes on with another
// partition from what the first would commit.
func TestPartition_Stand(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		finished := map[int64]int{}
		at := stand{offset: r.Int64N(1000)}
		for range 4 {
			p := reading(at.offset)
			p.limits.items, p.limits.window = 1000, 1000
			p.skip = at.offsets()
			var open []*item
			for range 20 + r.IntN(50) {
				if it := p.read(r.IntN(4) > 0 || finished[p.next] > 0); it != nil {
					open = append(open, it)
				}
			}
			r.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
			for _, it := range open[:r.IntN(len(open)+1)] {
				finished[it.offset]++
				p.finish(it)
			}
			at = p.stand()
		}
		for offset, times := range finished {
			if times > 1 {
				t.Fatalf("seed %d: %d was done %d times", seed, offset, times)
			}
		}
	}
}

func TestStand_Offsets(t *testing.T) {
	p := reading(0)
	p.limits.items = 100
	var all []*item
	for range 20 {
		all = append(all, p.read(true))
	}
	for _, n := range []int{0, 2, 9, 10, 19} {
		p.finish(all[n])
	}
	s := p.stand()
	if got := slices.Sorted(maps.Keys(s.offsets())); s.offset != 1 || fmt.Sprint(got) != "[2 9 10 19]" {
		t.Errorf("it stands at %d, and %v are done; want 1 and [2 9 10 19]", s.offset, got)
	}
	for _, strange := range []string{"", "done:", "done:!", "somebody's", "done:" + s.done} {
		if got := (stand{1, strange}).offsets(); len(got) != 0 {
			t.Errorf("%q says that %v are done", strange, got)
		}
	}
}

func TestLanes(t *testing.T) {
	ls := lanes{lanes: map[string]*lane{}}
	for i, lane := range []string{"a", "a", "b", "a", "c", "b"} {
		ls.push(&item{offset: int64(i), lane: lane})
	}
	take := func() *item { return ls.pop() }
	a, b, c := take(), take(), take()
	if a.offset != 0 || b.offset != 2 || c.offset != 4 || take() != nil {
		t.Fatalf("got %v, %v, %v and more; want the first of each lane", a, b, c)
	}
	ls.leave("b")
	ls.leave("a")
	if got := take(); got.offset != 5 {
		t.Errorf("got item %d; want 5, whose lane was free first", got.offset)
	}
	ls.push(&item{offset: 6, lane: "c"})
	ls.clear()
	if got := take(); got != nil {
		t.Errorf("got item %d; want none after all was dropped", got.offset)
	}
	ls.push(&item{offset: 7, lane: "c"}) // still flying
	ls.push(&item{offset: 8, lane: "a"}) // not any more
	if got := take(); got == nil || got.offset != 8 {
		t.Errorf("got %v; want item 8", got)
	}
	ls.leave("c")
	if got := take(); got == nil || got.offset != 7 {
		t.Errorf("got %v; want item 7", got)
	}
}
