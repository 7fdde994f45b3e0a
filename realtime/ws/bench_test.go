package ws_test

import (
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/realtimetest"
)

func TestMain(m *testing.M) {
	realtimetest.Crowd()
	goleak.VerifyTestMain(m)
}

var seats = realtime.Topic{Kind: realtime.Departure, ID: "lyon-0900"}

// wide lets a benchmark's crowd in.
var wide = realtimetest.Options{Limits: gate.Limits{Total: 100_000, PerAddress: 100_000, Connects: gate.Rate{PerSecond: 1e6, Burst: 1e6}}}

const subscribeSeats = `{"type":"subscribe","topic":"departure:lyon-0900"}`

// watched waits until so many subscriptions were answered.
func watched(t testing.TB, r *realtimetest.Relay, n int, out uint64) {
	t.Helper()
	for range 3000 {
		if s := r.Hub.Stats(); s.Subscriptions == n && s.Out >= out {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("want %d subscriptions and %d messages out, have %+v", n, out, r.Hub.Stats())
}

// BenchmarkIdle tells what a connection that watches one departure costs: the
// slope of the memory that the process has, from 1,000 of them to 8,000.
func BenchmarkIdle(b *testing.B) {
	truth := realtimetest.NewTruth(1)
	truth.Put(seats, `{}`)
	for b.Loop() {
		r := realtimetest.Start(b, truth, wide)
		leave := realtimetest.Gather(b, r, 1000, "/ws", subscribeSeats)
		watched(b, r, 1000, 2000)
		few := realtimetest.Resident(b)
		more := realtimetest.Gather(b, r, 7000, "/ws", subscribeSeats)
		watched(b, r, 8000, 16000)
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
}

// BenchmarkFanOut changes a departure that 2,000 watch, and waits until all were
// told.
func BenchmarkFanOut(b *testing.B) {
	const n = 2000
	truth := realtimetest.NewTruth(1)
	truth.Put(seats, `{}`)
	o := wide
	o.Hub.Every = time.Nanosecond
	r := realtimetest.Start(b, truth, o)
	leave := realtimetest.Gather(b, r, n, "/ws", subscribeSeats)
	watched(b, r, n, 2*n)
	out := r.Hub.Stats().Out
	b.ReportAllocs()
	for b.Loop() {
		truth.Change(seats)
		for out += n; r.Hub.Stats().Out < out; {
			runtime.Gosched()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/delivery")
	b.StopTimer()
	leave()
	r.Stop()
}
