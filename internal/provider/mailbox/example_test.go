package mailbox_test

import (
	"context"
	"fmt"
	"time"

	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

func Example() {
	ctx := context.Background()
	post := mailbox.New(store.New(memory.New()), time.Now)

	for range 2 { // a sender that did not hear our answer sends again
		_, err := post.Send(ctx, record.Message{Key: "k1", To: "camille@example.com", Subject: "Your booking is confirmed"})
		fmt.Println("sent:", err)
	}

	mails, _, _ := post.List(ctx, "", 10)
	for _, m := range mails {
		fmt.Printf("%s: %s (asked for %d times)\n", m.To, m.Subject, m.Asked)
	}
	// Output:
	// sent: <nil>
	// sent: <nil>
	// camille@example.com: Your booking is confirmed (asked for 2 times)
}
