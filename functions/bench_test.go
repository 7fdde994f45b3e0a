package functions_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

// most is the most seats that a departure may have.
const most = 1_000_000

func must(tb testing.TB, r arrow.Receiver, e events.Event, want events.Name) {
	ce, err := events.Encode(e)
	if err != nil {
		tb.Fatal(err)
	}
	out, err := r(context.Background(), ce)
	if err != nil || out == nil || out.Type() != want.Type(1) {
		tb.Fatalf("%s is answered by %v, %v", e.Name, out, err)
	}
}

func onSale(tb testing.TB, all map[string]arrow.Receiver, id string, capacity int) {
	d := events.Data{
		Booking: booking.Booking{DepartureID: id},
		Terms: &booking.Terms{
			TourID: "old-town", StartsAt: noon().Add(72 * time.Hour), TimeZone: "Europe/Paris", Capacity: capacity,
			Price: booking.Money{Amount: 4500, Currency: "EUR"},
		},
	}
	must(tb, all["catalog"], events.Event{ID: "open " + id, Source: "/bench", Name: events.DepartureOpen, Data: d}, events.DepartureOpened)
}

// seat is a command about the i-th booking's one seat.
func seat(n events.Name, departure string, i int64) events.Event {
	id := fmt.Sprintf("booking-%09d", i)
	return events.Event{ID: string(n) + id, Source: "/bench", Name: n, Time: noon(), Subject: id, Data: events.Data{
		Booking: booking.Booking{
			ID: id, DepartureID: departure, Seats: 1, Status: booking.StatusPending, ExpiresAt: noon().Add(15 * time.Minute),
		},
	}}
}

// BenchmarkReserve_Hot is one reservation, by 64 at once: of one departure
// that everybody wants, and of 64 of them.
func BenchmarkReserve_Hot(b *testing.B) {
	const askers = 64
	for _, departures := range []int64{1, askers} {
		b.Run(fmt.Sprintf("departures=%d", departures), func(b *testing.B) {
			all, _ := wired(noon, func(...event.Event) {})
			for i := range departures {
				onSale(b, all, fmt.Sprintf("lyon-%d", i), most)
			}
			var asked atomic.Int64
			b.SetParallelism(max(1, askers/runtime.GOMAXPROCS(0)))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := asked.Add(1)
					must(b, all["reserve"], seat(events.SpotsReserve, fmt.Sprintf("lyon-%d", i%departures), i), events.SpotsReserved)
				}
			})
		})
	}
}

// BenchmarkReserve_Capacity is the last seat of a departure, held and given
// back: a stadium's costs what a minibus's does.
func BenchmarkReserve_Capacity(b *testing.B) {
	for _, capacity := range []int{50, 50_000} {
		b.Run(fmt.Sprintf("capacity=%d", capacity), func(b *testing.B) {
			all, _ := wired(noon, func(...event.Event) {})
			onSale(b, all, "lyon-0900", capacity)
			next := int64(0)
			for range capacity - 1 {
				next++
				must(b, all["reserve"], seat(events.SpotsReserve, "lyon-0900", next), events.SpotsReserved)
			}
			b.ReportAllocs()
			for b.Loop() {
				next++
				must(b, all["reserve"], seat(events.SpotsReserve, "lyon-0900", next), events.SpotsReserved)
				must(b, all["compensate"], seat(events.SpotsRelease, "lyon-0900", next), events.SpotsReleased)
			}
		})
	}
}

// dispatcher is the least that a broker can be: a queue, the plan's routes,
// and one delivery after the other until it is quiet.
type dispatcher struct {
	all        map[string]arrow.Receiver
	routes     []saga.Route
	queue      []parcel
	deliveries int
	completed  int
}

type parcel struct {
	to string
	ce event.Event
}

func newDispatcher(tb testing.TB) *dispatcher {
	d := &dispatcher{routes: saga.V1().Routes()}
	d.all, _ = wired(noon, d.publish)
	onSale(tb, d.all, "lyon-0900", most)
	return d
}

func (d *dispatcher) publish(ces ...event.Event) {
	for _, ce := range ces {
		if ce.Type() == events.SagaCompleted.Type(1) {
			d.completed++
		}
		for _, r := range d.routes {
			if r.Filter.Matches(ce) {
				d.queue = append(d.queue, parcel{r.To, ce})
			}
		}
	}
}

// run has a request taken in, and all that follows from it.
func (d *dispatcher) run(tb testing.TB, request event.Event) {
	d.queue = append(d.queue[:0], parcel{"request", request})
	for i := 0; i < len(d.queue); i++ {
		p := d.queue[i]
		if d.all[p.to] == nil {
			tb.Fatalf("there is no function %s", p.to)
		}
		out, err := d.all[p.to](context.Background(), p.ce)
		if err != nil {
			tb.Fatalf("%s hears %s: %v", p.to, p.ce.Type(), err)
		}
		if out != nil {
			d.publish(*out)
		}
	}
	d.deliveries += len(d.queue)
}

func bookingRequest(tb testing.TB, flow booking.Flow, i int) event.Event {
	ce, err := events.Encode(events.Event{
		ID: fmt.Sprintf("order-%d", i), Source: "/shop", Name: events.BookingRequest, Data: events.Data{
			Booking:  booking.Booking{DepartureID: "lyon-0900", Seats: 1, Flow: flow},
			Customer: &booking.Customer{Name: "Camille", Email: fmt.Sprintf("camille%d@example.com", i), Locale: "fr-FR"},
			Payment:  &booking.Token{Token: "tok_visa"},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return ce
}

// BenchmarkSaga is one whole booking, from its request to the message and the
// keeper's last word, in this process.
func BenchmarkSaga(b *testing.B) {
	for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
		b.Run(string(flow), func(b *testing.B) {
			d := newDispatcher(b)
			sagas := 0
			b.ReportAllocs()
			for b.Loop() {
				sagas++
				d.run(b, bookingRequest(b, flow, sagas))
			}
			if d.completed != sagas {
				b.Errorf("%d of %d sagas were completed", d.completed, sagas)
			}
			b.ReportMetric(float64(d.deliveries)/float64(sagas), "deliveries/op")
		})
	}
}

func TestDispatcher_CompletesBothFlows(t *testing.T) {
	for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
		t.Run("a booking in "+string(flow)+" is completed, and its customer told once", func(t *testing.T) {
			d := newDispatcher(t)
			d.run(t, bookingRequest(t, flow, 1))
			if d.completed != 1 {
				t.Errorf("completed %d times", d.completed)
			}
		})
	}
}
