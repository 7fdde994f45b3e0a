package sim

import (
	"flag"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
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
	// A run leaves its whole world behind: collecting less often takes a fifth
	// off the time.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	var next atomic.Uint64
	var failed atomic.Int32
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for {
				s := next.Add(1)
				if s > uint64(*seeds) || failed.Load() > 5 {
					return
				}
				if err := Seed(s, nil); err != nil {
					failed.Add(1)
					t.Errorf("replay with -seed=%d\n%v", s, err)
				}
			}
		})
	}
	all.Wait()
}
