package memory

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/store"
)

// sorted is what a ranking should be, the slow way.
func sorted(model map[string]int64) []place {
	places := []place{}
	for name, score := range model {
		places = append(places, place{score, name})
	}
	slices.SortFunc(places, place.compare)
	return places
}

func agree(t *testing.T, r *ranking, model map[string]int64) {
	t.Helper()
	want := sorted(model)
	got := slices.AppendSeq([]place{}, r.after(place{score: -1}))
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(place{})); diff != "" {
		t.Fatalf("order (-want +got):\n%s", diff)
	}
	if !maps.Equal(r.scores, model) {
		t.Fatalf("scores are %v, want %v", r.scores, model)
	}
	for i, block := range r.blocks {
		if len(block) == 0 || len(block) > blockSize {
			t.Fatalf("block %d of %d has %d places", i, len(r.blocks), len(block))
		}
	}
}

func TestRanking(t *testing.T) {
	for _, names := range []int{3, 300, 3000} {
		t.Run(fmt.Sprintf("%d names are in order, whatever comes and goes", names), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(names)))
			r, model := &ranking{}, map[string]int64{}
			for step := range 10 * names {
				name := fmt.Sprint(random.IntN(names))
				if score := random.Int64N(int64(names)); random.IntN(20) < 2+step*18/(10*names) {
					r.remove(name)
					delete(model, name)
				} else {
					r.put(place{score, name})
					model[name] = score
				}
				if step%(2*names) == 0 {
					agree(t, r, model)
				}
			}
			agree(t, r, model)
			after(t, r, sorted(model))
		})
	}
}

// after checks that every place, there or not, is followed by the next.
func after(t *testing.T, r *ranking, want []place) {
	for i, p := range want {
		for next := range r.after(p) {
			if i+1 == len(want) || next != want[i+1] {
				t.Fatalf("after %v comes %v", p, next)
			}
			break
		}
		for next := range r.after(place{p.score, p.name[:len(p.name)-1]}) {
			if next.compare(p) > 0 {
				t.Fatalf("%v was left out", p)
			}
			break
		}
	}
}

func TestRanking_size(t *testing.T) {
	r := &ranking{}
	const n = 100 * blockSize
	for i := range n {
		r.put(place{int64(i), fmt.Sprint(i)})
	}
	t.Run("blocks that came in order are full", func(t *testing.T) {
		if len(r.blocks) != n/blockSize {
			t.Errorf("%d blocks", len(r.blocks))
		}
	})
	t.Run("blocks that have become small are joined", func(t *testing.T) {
		for i := range n {
			if i%50 != 0 {
				r.remove(fmt.Sprint(i))
			}
		}
		if most := 4*r.size()/blockSize + 1; len(r.blocks) > most {
			t.Errorf("%d blocks for %d names", len(r.blocks), r.size())
		}
	})
	t.Run("nothing is left when all are gone", func(t *testing.T) {
		for i := range n {
			r.remove(fmt.Sprint(i))
		}
		if _, ok := r.first(); ok || r.size() != 0 || len(r.blocks) != 0 {
			t.Errorf("%d names in %d blocks", r.size(), len(r.blocks))
		}
	})
}

func TestShard_list(t *testing.T) {
	t.Run("a list that has become empty is forgotten", func(t *testing.T) {
		sh := &New().shards[0]
		sh.list([]store.Index{{Name: "all", Member: "b1", In: true}})
		sh.list([]store.Index{{Name: "all", Member: "b1"}, {Name: "never", Member: "b1"}})
		if len(sh.lists) != 0 {
			t.Errorf("left are %v", sh.lists)
		}
	})
}
