package sim

import (
	"flag"
	"os"
	"testing"
)

var (
	seeds = flag.Int("seeds", 300, "how many seeds TestSeeds runs, in both flows")
	seed  = flag.Uint64("seed", 0, "the one seed that TestSeeds replays, telling its story")
)

func TestSeeds(t *testing.T) {
	if *seed != 0 {
		if err := Seed(*seed, os.Stdout); err != nil {
			t.Fatal(err)
		}
		return
	}
	complaints := 0
	Seeds(t.Context(), *seeds, func(seed uint64, err error) bool {
		complaints++
		t.Errorf("replay with -seed=%d\n%v", seed, err)
		return complaints < 6
	})
}
