package store_test

import (
	"fmt"
	"testing"

	"tourbillon/internal/store"
)

func TestKey_Shard(t *testing.T) {
	t.Run("shards never change", func(t *testing.T) {
		for id, want := range map[string]int{
			"":                            197,
			"a":                           44,
			"lyon-0900":                   169,
			"lyon-0901":                   22,
			"b-4f2c9d0a":                  235,
			"9f86d081884c7d659a2feaa0c55": 36,
			"Zürich":                      32,
		} {
			if got := (store.Key{Record: "departure", ID: id}).Shard(); got != want {
				t.Errorf("%q is in shard %d, must be in %d", id, got, want)
			}
		}
	})
	t.Run("the records of one id live together", func(t *testing.T) {
		booking, saga := store.Key{Record: "booking", ID: "b1"}, store.Key{Record: "saga", ID: "b1"}
		if booking.Shard() != saga.Shard() {
			t.Errorf("in shards %d and %d", booking.Shard(), saga.Shard())
		}
	})
	t.Run("ids are spread over all shards", func(t *testing.T) {
		const each = 100
		count := map[int]int{}
		for i := range each * store.Shards {
			count[store.Key{ID: fmt.Sprintf("booking-%d", i)}.Shard()]++
		}
		for shard := range store.Shards {
			if n := count[shard]; n < each/2 || n > each*2 {
				t.Errorf("shard %d has %d of %d", shard, n, each*store.Shards)
			}
		}
	})
}
