package store_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/store"
)

var nine = time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)

func TestLease_Take(t *testing.T) {
	held := store.Lease{Fence: 4, Until: nine}
	for _, c := range []struct {
		says  string
		lease store.Lease
		at    time.Time
		want  store.Lease
		err   error
	}{
		{"the zero lease is free", store.Lease{}, nine, store.Lease{Fence: 1, Until: nine.Add(time.Minute)}, nil},
		{"a held lease is busy", held, nine.Add(-time.Second), held, store.ErrLeased},
		{"a held lease is busy to the last moment", held, nine.Add(-1), held, store.ErrLeased},
		{"a lease that has run out is taken with a higher fence", held, nine, store.Lease{Fence: 5, Until: nine.Add(time.Minute)}, nil},
		{"a lease given back is taken at once with a higher fence", held.Free(), nine.Add(-time.Hour),
			store.Lease{Fence: 5, Until: nine.Add(-59 * time.Minute)}, nil},
	} {
		t.Run(c.says, func(t *testing.T) {
			got, err := c.lease.Take(c.at, time.Minute)
			if !errors.Is(err, c.err) {
				t.Errorf("got error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("lease (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLease_Holds(t *testing.T) {
	first, _ := store.Lease{}.Take(nine, time.Minute)
	second, _ := first.Take(nine.Add(time.Minute), time.Minute)
	for _, c := range []struct {
		says  string
		lease store.Lease
		fence uint64
		want  bool
	}{
		{"its taker holds it", first, first.Fence, true},
		{"its taker holds it after its time, as long as nobody took it", first.Free(), first.Fence, true},
		{"who was overtaken does not hold it", second, first.Fence, false},
		{"who overtook holds it", second, second.Fence, true},
	} {
		t.Run(c.says, func(t *testing.T) {
			if got := c.lease.Holds(c.fence); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestLease_json(t *testing.T) {
	for says, c := range map[string]struct {
		lease store.Lease
		want  string
	}{
		"a lease never taken takes no room":  {store.Lease{}, `{}`},
		"a lease given back keeps its fence": {store.Lease{Fence: 2, Until: nine}.Free(), `{"fence":2}`},
		"a lease held is kept whole":         {store.Lease{Fence: 2, Until: nine}, `{"fence":2,"until":"2026-05-01T09:00:00Z"}`},
	} {
		t.Run(says, func(t *testing.T) {
			text, err := json.Marshal(c.lease)
			if err != nil || string(text) != c.want {
				t.Errorf("got %s and %v, want %s", text, err, c.want)
			}
			var back store.Lease
			if err := json.Unmarshal(text, &back); err != nil || !cmp.Equal(c.lease, back) {
				t.Errorf("came back as %+v and %v", back, err)
			}
		})
	}
}
