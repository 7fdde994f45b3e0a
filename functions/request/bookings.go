package request

import (
	"context"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/web"
)

// ownSource is the source of the requests that come as POST /bookings. Nobody
// else may say that an event is from below /tourbillon/.
const ownSource = "/tourbillon/door/bookings"

// publishTime bounds telling the broker of what is committed already.
const publishTime = 5 * time.Second

// taken is a booking as it was taken on.
type taken struct {
	BookingID string         `json:"bookingId"`
	Status    booking.Status `json:"status"`
}

func (t taken) write(w http.ResponseWriter, status int) {
	w.Header().Set("Location", "/bookings/"+t.BookingID)
	web.JSON(w, status, t)
}

// asking is one request for a booking.
type asking struct {
	event  event.Event
	body   web.Body
	known  bool          // it may have been made before
	ttl    time.Duration // how long it may be made again; 0: for ever
	reused web.Problem   // what to say of another body
}

// book takes on the booking that the body asks for.
func (d Door) book(w http.ResponseWriter, r *http.Request) error {
	b, err := web.ReadObject(w, r)
	if err != nil {
		return err
	}
	k, err := d.key(r, "book")
	if err != nil {
		return err
	}
	took, err := d.take(r.Context(), asking{
		event: requestEvent(ownSource, k.id, 2, b.Raw, trace(r)), body: b,
		known: k.given, ttl: d.KeyTTL, reused: keyReused,
	})
	if err != nil {
		return err
	}
	took.write(w, http.StatusAccepted)
	return nil
}

// requestEvent is a booking.request with nothing in it that is not needed.
func requestEvent(source, id string, version int, data []byte, trace string) event.Event {
	ce := event.New()
	ce.SetType(events.BookingRequest.Type(version))
	ce.SetSource(source)
	ce.SetID(id)
	ce.SetDataContentType("application/json")
	ce.DataEncoded = data
	if trace != "" {
		ce.SetExtension("traceparent", trace)
	}
	return ce
}

// take runs the function request, and tells the broker of what it took on. The
// work outlives an asker who hangs up.
func (d Door) take(ctx context.Context, a asking) (taken, error) {
	ctx = context.WithoutCancel(ctx)
	if err := a.body.Without("bookingId", "try"); err != nil {
		return taken{}, err
	}
	id := d.BookingID(events.Event{Source: a.event.Source(), ID: a.event.ID()})
	var was view
	if a.known {
		var err error
		if was, err = d.look(ctx, id); err != nil {
			return taken{}, err
		}
	}
	switch {
	case !was.known():
		if err := d.admit(ctx, a.body); err != nil {
			return taken{}, err
		}
	case a.ttl > 0 && d.Now().Sub(was.requestedAt()) > a.ttl:
		return taken{}, keyExpired
	}
	fact, err := d.Take(ctx, a.event)
	if err != nil {
		return taken{}, untaken(err, a.reused)
	}
	if len(was.keeper.Heard) == 0 {
		d.tell(ctx, id, fact)
	}
	return taken{id, was.status()}, nil
}

// admit refuses what no record would ever refuse in words: a departure that
// nobody opened, and a flow that nothing drives here.
func (d Door) admit(ctx context.Context, b web.Body) error {
	if id := b.Text("departureId"); catalogPattern.MatchString(id) {
		dep, err := d.departure(ctx, id)
		if err != nil {
			return err
		}
		if dep.State == "" {
			p := web.Invalid(web.Field{Pointer: "/departureId", Detail: "there is no such departure"})
			p.Reason = string(booking.ReasonDepartureUnknown)
			return p
		}
	}
	flow := booking.Flow(b.Text("flow"))
	if flow == "" {
		flow = d.Flow
	}
	if why, no := d.Refused[flow]; no {
		return web.Problem{
			Kind: "flow-not-served", Title: "Flow is not served here", Status: http.StatusUnprocessableEntity,
			Detail: "Nothing drives a booking in " + string(flow) + " here: " + why,
			Fields: []web.Field{{Pointer: "/flow", Detail: "is not served here"}},
		}
	}
	return nil
}

// tell publishes the fact of a booking that is taken on. Where that fails the
// keeper is woken all the same, only later.
func (d Door) tell(ctx context.Context, id string, fact *event.Event) {
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	e, err := events.Decode(*fact)
	if err == nil {
		err = d.Broker.Publish(ctx, e)
	}
	if err != nil {
		d.Log.Warn("request is taken in and not told yet", "booking", arrow.Short(id), "err", err)
	}
}

// findBookings lists the booking that a CloudEvent made.
func (d Door) findBookings(w http.ResponseWriter, r *http.Request) error {
	source, id := r.URL.Query().Get("source"), r.URL.Query().Get("id")
	if source == "" || id == "" {
		return parameter("source and id", "send both, as the CloudEvent that asked for the booking had them")
	}
	asked := requestEvent(source, id, 2, nil, "") // which writes the source as events do
	v, err := d.look(r.Context(), d.BookingID(events.Event{Source: strangers, ID: d.event(asked.Source(), id)}))
	if err != nil {
		return err
	}
	found := []shown{}
	if v.known() {
		found = append(found, v.show(d.Plans, d.at(r)))
	}
	web.JSON(w, http.StatusOK, map[string][]shown{"bookings": found})
	return nil
}
