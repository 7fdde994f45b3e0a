package stripe_test

import (
	"context"
	"fmt"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe"
	"tourbillon/internal/provider/stripe/fake"
)

func Example() {
	ctx := context.Background()
	there := fake.New(fake.Settings{Key: "sk_test_1"})
	bank := stripe.New(stripe.Settings{Key: "sk_test_1", HTTP: there.Client()})

	create := booking.Call{Key: "booking-2:1:create", BookingID: "booking-2", Amount: booking.Money{Amount: 9000, Currency: "EUR"}}
	intent, _ := bank.Create(ctx, create, "pm_card_visa")
	fmt.Println("create: ", intent.Status)

	confirm := booking.Call{Key: "booking-2:1:confirm", Intent: intent.Intent}
	there.Fail(fake.Fault{Path: "/v1/payment_intents/*/confirm", Lose: true})
	_, err := bank.Confirm(ctx, confirm)
	fmt.Println("confirm:", err)
	again, _ := bank.Confirm(ctx, confirm)
	fmt.Println("confirm:", again.Status)

	line := there.Intents()[0]
	fmt.Println("taken:  ", line.Taken(), "in", line.Charges, "charge, asked for", there.Requests()[confirm.Key], "times")
	// Output:
	// create:  unconfirmed
	// confirm: stripe: confirm: no answer
	// confirm: succeeded
	// taken:   9000 in 1 charge, asked for 2 times
}
