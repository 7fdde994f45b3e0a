package operator

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// Customers lets operators erase what is kept of a customer, having looked at
// what that is. A customer is named by their id, which facts tell as recipient,
// or by the id of one of their bookings.
func (d Desk) Customers() http.Handler { return d.serve(d.customers()) }

func (d Desk) customers() []route {
	return []route{
		{"POST", "/customers/find", d.findCustomer},
		{"GET", "/customers/{id}", d.showCustomer},
		{"POST", "/customers/{id}/erase", d.eraseCustomer},
	}
}

// kept is what is kept of a customer that can be erased.
type kept struct {
	ID       string   `json:"id"`
	Bookings []holder `json:"bookings"` // whose intakes hold contact data
	Letters  []string `json:"letters"`  // dead letters that hold it
	Preview  string   `json:"preview"`  // names all of this: see POST

	letters []deadLetter
}

// holder is one booking that holds contact data, and what it comes to without.
type holder struct {
	ID          string         `json:"id"`
	Status      booking.Status `json:"status"`
	DepartureID string         `json:"departureId,omitempty"`
	Without     string         `json:"without"`
}

// findCustomer tells the id of who has an address. It is asked for in a body,
// for what is in a path is in everybody's logs.
func (d Desk) findCustomer(w http.ResponseWriter, r *http.Request) error {
	b, err := web.ReadObject(w, r)
	if err == nil {
		err = b.Only("email")
	}
	if err != nil {
		return err
	}
	email := b.Text("email")
	if !strings.Contains(email, "@") {
		return web.Invalid(web.Field{Pointer: "/email", Detail: "write the customer's address"})
	}
	web.JSON(w, http.StatusOK, map[string]string{"id": d.CustomerID(email)})
	return nil
}

func (d Desk) showCustomer(w http.ResponseWriter, r *http.Request) error {
	k, err := d.kept(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, k)
	return nil
}

// kept looks for all that can be erased.
func (d Desk) kept(ctx context.Context, id string) (k kept, err error) {
	if k.ID, err = d.customer(ctx, id); err != nil {
		return k, err
	}
	k.Bookings, k.Letters = []holder{}, []string{}
	for cursor := ""; ; {
		page, err := d.Records.List(ctx, record.IndexOfCustomer(k.ID), cursor, lookChunk)
		if err != nil {
			return k, err
		}
		for _, booking := range page.Members {
			h, err := d.holder(ctx, booking)
			if err != nil {
				return k, err
			}
			k.Bookings = append(k.Bookings, h)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	all, err := d.deadLetters(ctx)
	if err != nil {
		return k, err
	}
	for _, l := range all {
		if d.holds(l, k.ID) {
			k.letters, k.Letters = append(k.letters, l), append(k.Letters, l.name())
		}
	}
	raw, err := json.Marshal(k)
	k.Preview = events.EffectID("kept", string(raw))
	return k, err
}

// customer is the customer that an id names: their own, or a booking's.
func (d Desk) customer(ctx context.Context, id string) (string, error) {
	if !bookingID.MatchString(id) {
		return "", notFound("No customer and no booking has this id.")
	}
	in, err := record.ReadIntake(ctx, d.Records, id)
	if err != nil || in.CustomerID == "" {
		return id, err
	}
	return in.CustomerID, nil
}

func (d Desk) holder(ctx context.Context, id string) (holder, error) {
	s, err := d.find(ctx, id)
	if err != nil {
		return holder{}, err
	}
	h := holder{ID: id, Status: s.Status(), DepartureID: s.Booking.DepartureID}
	uncharged := s.Paid() == nil && !h.Status.Closed() && h.Status != booking.StatusCompleted
	switch next := s.Armed.Step; {
	case uncharged:
		h.Without = "it is not paid yet: without the card it may fail as declined, and is undone then"
	case h.Status == booking.StatusConfirmed:
		h.Without = "it keeps its seats; its customer has no name on the departure's list, and is told nothing more"
	case next != "" && next != events.BookingComplete:
		h.Without = "it is undone all the same, and its customer is not told"
	default:
		h.Without = "nothing: it is over"
	}
	return h, nil
}

// holds reports whether a dead letter is the customer's request, be it one that
// breaks its schema.
func (d Desk) holds(l deadLetter, customer string) bool {
	object, ok := readObject(l.Event.Data())
	return ok && slices.ContainsFunc(addresses(object), func(email string) bool { return d.CustomerID(email) == customer })
}

// addresses are all texts in v that look like one.
func addresses(v any) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, value := range v {
			all = append(all, addresses(value)...)
		}
	case []any:
		for _, value := range v {
			all = append(all, addresses(value)...)
		}
	case string:
		if strings.Contains(v, "@") {
			all = append(all, v)
		}
	}
	return all
}

// erased is what was erased of a customer.
type erased struct {
	ID       string `json:"id"`
	Bookings int    `json:"bookings"`
	Messages int    `json:"messages"`
	Letters  int    `json:"letters"`
}

// eraseCustomer says that a customer is erased, and erases them. Interrupted, it
// is asked again and goes on; when nothing is left it says so.
func (d Desk) eraseCustomer(w http.ResponseWriter, r *http.Request) error {
	by, body, err := readWish(w, r, "preview")
	if err != nil {
		return err
	}
	k, err := d.kept(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if shown := body.Text("preview"); shown != "" && shown != k.Preview && len(k.Bookings)+len(k.letters) > 0 {
		return movedOn
	}
	done := erased{ID: k.ID}
	if len(k.Bookings)+len(k.letters) > 0 {
		if err := d.sayErased(r.Context(), k, by); err != nil {
			return err
		}
	}
	for _, h := range k.Bookings {
		n, err := d.eraseBooking(r.Context(), h.ID)
		if err != nil {
			return arrow.Again(err)
		}
		done.Bookings, done.Messages = done.Bookings+1, done.Messages+n
	}
	for _, l := range k.letters {
		if err := d.discard(r.Context(), l); err != nil {
			return err
		}
		done.Letters++
	}
	web.JSON(w, http.StatusOK, done)
	return nil
}

// sayErased leaves the fact, before anything is erased: an erasure that is broken
// off is known of, and can be pressed again.
func (d Desk) sayErased(ctx context.Context, k kept, by signed) error {
	_, fact, err := record.Intervene(ctx, d.Records, events.EffectID("erase", k.ID, k.Preview), booking.Intervention{
		Deed: booking.DeedErase, Who: by.Who, Why: by.Why, Customer: k.ID,
	}, d.Now())
	if err != nil {
		return err
	}
	return d.publish(ctx, fact)
}

// eraseBooking erases what one booking holds, its messages after its intake: a
// message that is made meanwhile is found then.
func (d Desk) eraseBooking(ctx context.Context, id string) (messages int, err error) {
	if err := record.EraseIntake(ctx, d.Records, id); err != nil {
		return 0, err
	}
	if messages, err = d.Mailbox.Erase(ctx, id); err != nil {
		return messages, err
	}
	return messages, record.UnlistIntake(ctx, d.Records, id)
}
