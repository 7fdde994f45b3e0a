package sandbox_test

import (
	"context"
	"fmt"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

func Example() {
	ctx := context.Background()
	bank := sandbox.New(store.New(memory.New()), sandbox.Settings{Now: time.Now})

	price := booking.Money{Amount: 9000, Currency: "EUR"}
	create := booking.Call{Verb: booking.VerbCreate, Key: "booking-2:1:create", BookingID: "booking-2", Amount: price}
	intent, _ := bank.Create(ctx, create, "tok_timeout")
	fmt.Println("create: ", intent.Status)

	confirm := booking.Call{Verb: booking.VerbConfirm, Key: "booking-2:1:confirm", Intent: intent.Intent, Amount: price}
	_, err := bank.Confirm(ctx, confirm)
	fmt.Println("confirm:", err)
	again, _ := bank.Confirm(ctx, confirm)
	fmt.Println("confirm:", again.Status)

	ledger, _ := bank.Ledger(ctx)
	fmt.Println("taken:  ", ledger[0].Taken(), "by", ledger[0].Confirms, "confirmation, asked for", ledger[0].Requests[confirm.Key], "times")
	// Output:
	// create:  unconfirmed
	// confirm: sandbox: the answer was lost
	// confirm: succeeded
	// taken:   9000 by 1 confirmation, asked for 2 times
}
