package alone_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/knative/alone"
)

func Example() {
	reserve, closes, err := alone.Reserve(context.Background(), "", slog.New(slog.DiscardHandler)) // "": records in memory
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = closes() }() // of memory

	ask := event.New()
	ask.SetID("1")
	ask.SetSource("/me")
	ask.SetType("tourbillon.tour.spots.reserve.v1")
	if err := ask.SetData("application/json", map[string]any{
		"bookingId": "booking-0001", "departureId": "nowhere", "seats": 2, "flow": "orchestration",
	}); err != nil {
		fmt.Println(err)
		return
	}
	fact, err := reserve(context.Background(), ask)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(fact.Type())
	// Output: tourbillon.tour.spots.rejected.v1
}

func TestReserve_WithoutItsRecords(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := alone.Reserve(ctx, "redis://127.0.0.1:1", slog.New(slog.DiscardHandler))
	if err == nil || !strings.HasPrefix(err.Error(), "open the records: ") {
		t.Errorf("got %v", err)
	}
}
