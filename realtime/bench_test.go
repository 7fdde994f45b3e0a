package realtime_test

import (
	"runtime"
	"testing"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/realtimetest"
)

// ways are how a benchmark's crowd comes in, and what each of it says.
var ways = []struct {
	name, path string
	says       []string
	hears      int // messages of the hub, each
}{
	{"websocket", "/ws", []string{`{"type":"subscribe","topic":"departure:d-1"}`}, 2},
	{"socket.io", "/socket.io/?EIO=4&transport=websocket", []string{`40`, `42["subscribe","departure:d-1"]`}, 1},
}

func watched(b *testing.B, o realtimetest.Options) (*realtimetest.Relay, *realtimetest.Truth) {
	b.Helper()
	o.Limits = gate.Limits{Total: 1e6, PerAddress: 1e6, Connects: gate.Rate{PerSecond: 1e6, Burst: 1e6}}
	truth := realtimetest.NewTruth(1)
	truth.Put(departure(1), `{}`)
	return realtimetest.Start(b, truth, o), truth
}

// subscribed waits until so many subscriptions were answered.
func subscribed(b *testing.B, r *realtimetest.Relay, n, out int) {
	b.Helper()
	for range 3000 {
		if s := r.Hub.Stats(); s.Subscriptions == n && s.Out >= uint64(out) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatalf("want %d subscriptions and %d messages out, have %+v", n, out, r.Hub.Stats())
}

// BenchmarkIdle tells what a connection that watches one departure costs: the
// slope of the memory that the process has, from 1,000 of them to 8,000. The
// clients are processes of their own.
func BenchmarkIdle(b *testing.B) {
	for _, way := range ways {
		b.Run(way.name, func(b *testing.B) {
			for b.Loop() {
				r, _ := watched(b, realtimetest.Options{})
				leave := realtimetest.Gather(b, r, 1000, way.path, way.says...)
				subscribed(b, r, 1000, 1000*way.hears)
				few := realtimetest.Resident(b)
				more := realtimetest.Gather(b, r, 7000, way.path, way.says...)
				subscribed(b, r, 8000, 8000*way.hears)
				many := realtimetest.Resident(b)
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(many-few)/7000, "B/conn")
				b.ReportMetric(float64(m.StackInuse)/8000, "stack-B/conn")
				b.ReportMetric(float64(m.HeapAlloc)/8000, "heap-B/conn")
				leave()
				more()
				r.Stop()
			}
		})
	}
}

// BenchmarkFanOut changes a departure that 2,000 watch, and waits until all were
// told: what is allocated is for the change, whoever hears of it.
func BenchmarkFanOut(b *testing.B) {
	const n = 2000
	for _, way := range ways {
		b.Run(way.name, func(b *testing.B) {
			r, truth := watched(b, realtimetest.Options{Hub: realtime.Options{Every: time.Nanosecond}})
			leave := realtimetest.Gather(b, r, n, way.path, way.says...)
			subscribed(b, r, n, n*way.hears)
			told, cpu, allocs := r.Hub.Told(), realtimetest.CPU(), allocations()
			for b.Loop() {
				truth.Change(departure(1))
				for told += n; r.Hub.Told() < told; {
					time.Sleep(200 * time.Microsecond)
				}
			}
			b.ReportMetric(float64((realtimetest.CPU()-cpu).Nanoseconds())/float64(b.N)/n, "cpu-ns/delivery")
			b.ReportMetric(float64(allocations()-allocs)/float64(b.N)/n, "allocs/delivery")
			b.StopTimer()
			leave()
			r.Stop()
		})
	}
}

// allocations are those of this process so far.
func allocations() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// BenchmarkOverload changes a departure that 8,000 watch ten times a second, for
// five seconds, and tells how old values were when they were sent.
func BenchmarkOverload(b *testing.B) {
	const n = 8000
	for _, way := range ways {
		b.Run(way.name, func(b *testing.B) {
			for b.Loop() {
				r, truth := watched(b, realtimetest.Options{})
				leave := realtimetest.Gather(b, r, n, way.path, way.says...)
				subscribed(b, r, n, n*way.hears)
				for range 50 {
					truth.Change(departure(1))
					time.Sleep(100 * time.Millisecond)
				}
				time.Sleep(time.Second)
				s := r.Hub.Stats()
				oldest := realtime.LagBuckets[len(realtime.LagBuckets)-1]
				for i := len(s.Lag) - 1; i >= 0 && s.Lag[i] == s.LagCount; i-- {
					oldest = realtime.LagBuckets[i]
				}
				b.ReportMetric(oldest*1000, "ms-at-most")
				b.ReportMetric(s.LagSum/float64(s.LagCount)*1000, "ms-mean")
				b.ReportMetric(float64(s.LagCount)/n, "values/conn")
				leave()
				r.Stop()
			}
		})
	}
}
