package sim

import (
	"os"
	"sync"
	"testing"

	"tourbillon/internal/booking"
)

func TestEveryCrashPoint(t *testing.T) {
	var mu sync.Mutex
	all := Hits{}
	t.Run("each outcome", func(t *testing.T) {
		for i, c := range Cases() {
			if raced && i%4 > 0 {
				continue // make sim goes through all of them
			}
			for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
				t.Run(c.Name+" by "+string(flow)+" ends the same wherever it crashes", func(t *testing.T) {
					t.Parallel()
					hits, err := c.Crash(flow)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					all.Merge(hits)
				})
			}
		}
	})
	if testing.Verbose() {
		if err := all.Print(os.Stdout, Cases()); err != nil {
			t.Error(err)
		}
	}
}
