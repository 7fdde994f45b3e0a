package kafka

import "container/heap"

// lanes hand out items: those of one lane one after the other, in the order in
// which they came, and the lanes side by side.
type lanes struct {
	ready []*item // one of each lane at most
	lanes map[string]*lane
}

// lane is there while one of its items is ready or flying.
type lane struct {
	behind []*item
	flying bool
}

func (ls *lanes) push(it *item) {
	if l := ls.lanes[it.lane]; l != nil {
		l.behind = append(l.behind, it)
		return
	}
	ls.lanes[it.lane] = &lane{}
	ls.ready = append(ls.ready, it)
}

// pop returns the next item, whose lane is free again when leave is called.
func (ls *lanes) pop() *item {
	if len(ls.ready) == 0 {
		return nil
	}
	it := ls.ready[0]
	ls.ready[0] = nil
	ls.ready = ls.ready[1:]
	ls.lanes[it.lane].flying = true
	return it
}

func (ls *lanes) leave(name string) {
	l := ls.lanes[name]
	if len(l.behind) == 0 {
		delete(ls.lanes, name)
		return
	}
	l.flying = false
	ls.ready = append(ls.ready, l.behind[0])
	l.behind[0] = nil
	l.behind = l.behind[1:]
}

// clear drops all that is not flying.
func (ls *lanes) clear() {
	ls.ready = nil
	for name, l := range ls.lanes {
		if l.behind = nil; !l.flying {
			delete(ls.lanes, name)
		}
	}
}

// later is a heap of what waits for its time, the first due on top.
type later []*item

func (l later) Len() int      { return len(l) }
func (l later) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l later) Less(i, j int) bool {
	return l[i].due.Before(l[j].due) || l[i].due.Equal(l[j].due) && l[i].seq < l[j].seq
}

// Push implements [heap.Interface].
func (l *later) Push(x any) { *l = append(*l, x.(*item)) }

// Pop implements [heap.Interface].
func (l *later) Pop() any {
	last := len(*l) - 1
	it := (*l)[last]
	(*l)[last] = nil
	*l = (*l)[:last]
	return it
}

var _ heap.Interface = (*later)(nil)
