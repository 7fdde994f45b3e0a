//go:build unix

package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func dice(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestOrders(t *testing.T) {
	ds := departures(1, 400, time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC), time.Minute)
	all := orders(dice(7), 1, 400, ds, time.Minute)
	opts := cmp.AllowUnexported(order{}, departure{})
	if diff := cmp.Diff(all, orders(dice(7), 1, 400, ds, time.Minute), opts); diff != "" {
		t.Errorf("the same seed asks for other things:\n%s", diff)
	}
	keys, asked, tokens, cancels := map[string]bool{}, map[string]int{}, map[string]int{}, 0
	for i, o := range all {
		keys[o.key] = true
		asked[o.departure.ID] += o.seats
		tokens[o.token]++
		if o.cancel > 0 {
			cancels++
		}
		if i%2 == 0 {
			continue
		}
		twin := *all[i-1]
		twin.n, twin.key, twin.flow, twin.at, twin.twice = o.n, o.key, "choreography", o.at, o.twice
		if diff := cmp.Diff(twin, *o, opts); diff != "" {
			t.Errorf("order %d is not asked for alike in both flows:\n%s", i, diff)
		}
	}
	if len(keys) != 400 || len(tokens) != len(cards) || cancels < 80 || cancels > 160 {
		t.Errorf("%d keys, %d kinds of card, %d cancellations", len(keys), len(tokens), cancels)
	}
	for _, d := range ds {
		if over := asked[d.ID] > d.Capacity; over != d.scarce {
			t.Errorf("departure %s: %d seats of %d are asked for, scarce %v", d.ID, asked[d.ID], d.Capacity, d.scarce)
		}
	}
}

func TestDeal(t *testing.T) {
	t.Run("all there are come before any comes again", func(t *testing.T) {
		count := map[string]int{}
		for _, f := range deal(dice(1), deck, len(deck), false) {
			count[f.String()]++
		}
		for _, f := range deck {
			if count[f.String()] == 0 {
				t.Errorf("no %s", f)
			}
		}
	})
	t.Run("the short form has every kind, and ends within two minutes", func(t *testing.T) {
		for seed := range uint64(50) {
			fs := deal(dice(seed), deck, 10, true)
			kinds := map[string]bool{}
			for _, f := range fs {
				kinds[f.kind] = true
			}
			if len(kinds) != 8 || end(fs) > 2*time.Minute {
				t.Errorf("seed %d: %d kinds, %v", seed, len(kinds), end(fs))
			}
		}
	})
	t.Run("who is frozen wakes up when its lease is over", func(t *testing.T) {
		for _, f := range deal(dice(2), deck, 60, false) {
			if f.kind == freezes && f.lasts <= 30*time.Second {
				t.Errorf("%s for %v", f, f.lasts)
			}
		}
	})
	t.Run("what is not there is not struck, and memory is not killed", func(t *testing.T) {
		for _, f := range against([]string{"redis"}) {
			if f.target == "kafka" || f.target == "rabbitmq" {
				t.Errorf("%s", f)
			}
		}
		for _, f := range against(nil) {
			if f.kind == kills {
				t.Errorf("%s", f)
			}
		}
	})
}
