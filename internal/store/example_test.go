package store_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

// A departure's head is how many seats are free, and its entry for a booking is
// how many that one holds. Asked twice for one booking, it answers twice alike.
func ExampleRecords_Update() {
	ctx := context.Background()
	records := store.New(memory.New())
	departure := store.Key{Record: "departure", ID: "lyon-0900"}
	errFull := errors.New("not enough seats")

	open := func(store.Row) (store.Change, error) { return store.Change{Head: []byte("3")}, nil }
	if err := records.Update(ctx, departure, "", open); err != nil {
		fmt.Println(err)
	}
	for _, booking := range []string{"ada", "bob", "ada"} {
		err := records.Update(ctx, departure, booking, func(row store.Row) (store.Change, error) {
			if row.Entry != nil {
				return store.Change{}, nil
			}
			free, err := strconv.Atoi(string(row.Head))
			if err != nil || free < 2 {
				return store.Change{}, errors.Join(err, errFull)
			}
			return store.Change{Head: strconv.AppendInt(nil, int64(free-2), 10), Entry: []byte("2")}, nil
		})
		row, _ := records.Read(ctx, departure, booking)
		fmt.Printf("%s holds %q of %s, error: %v\n", booking, row.Entry, row.Head, err)
	}
	// Output:
	// ada holds "2" of 1, error: <nil>
	// bob holds "" of 1, error: not enough seats
	// ada holds "2" of 1, error: <nil>
}
