package operator

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"tourbillon/events"
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
		{"GET", "/customers/{id}/page", d.showPage},
		{"POST", "/customers/{id}/erase", d.eraseCustomer},
	}
}

// kept is what is kept of a customer that can be erased.
type kept struct {
	ID       string   `json:"id"`
	Bookings []holder `json:"bookings"` // whose intakes hold contact data
	Letters  []string `json:"letters"`  // dead letters that hold it
	Contact  bool     `json:"contact"`  // in the customer's own record: of who watches departures
	Devices  int      `json:"devices"`  // that take their notifications
	Watches  []string `json:"watches"`  // the departures
	Messages int      `json:"messages"` // in the mailbox, and of none of these bookings
	Preview  string   `json:"preview"`  // names all of this: see POST

	letters []deadLetter
}

// any reports whether there is something to erase.
func (k kept) any() bool {
	return len(k.Bookings)+len(k.letters)+k.Devices+len(k.Watches)+k.Messages > 0 || k.Contact
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

// showPage answers where a customer says what they wish: for an operator who is
// asked to help with that. Whoever has the address speaks for the customer.
func (d Desk) showPage(w http.ResponseWriter, r *http.Request) error {
	id, err := d.customer(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, map[string]string{"id": id, "page": d.Page(id)})
	return nil
}

// kept looks for all that can be erased.
func (d Desk) kept(ctx context.Context, id string) (k kept, err error) {
	if k.ID, err = d.customer(ctx, id); err != nil {
		return k, err
	}
	if k.Bookings, err = d.holders(ctx, k.ID); err != nil {
		return k, err
	}
	all, err := d.deadLetters(ctx)
	if err != nil {
		return k, err
	}
	k.Letters = []string{}
	for _, l := range all {
		if d.holds(l, k.ID) {
			k.letters, k.Letters = append(k.letters, l), append(k.Letters, l.name())
		}
	}
	if err = d.keptBeside(ctx, &k); err != nil {
		return k, err
	}
	raw, err := json.Marshal(k)
	k.Preview = events.EffectID("kept", string(raw))
	return k, err
}

// keptBeside looks for what is of no booking.
func (d Desk) keptBeside(ctx context.Context, k *kept) error {
	is, err := record.ReadReader(ctx, d.Records, k.ID)
	if err != nil {
		return err
	}
	k.Contact, k.Devices = is.Contact != nil, len(is.Devices)
	if k.Watches, err = record.Watches(ctx, d.Records, k.ID); err != nil {
		return err
	}
	k.Watches = append([]string{}, k.Watches...)
	for cursor := ""; ; {
		mails, next, err := d.Mailbox.OfCustomer(ctx, k.ID, cursor, lookChunk)
		if err != nil {
			return err
		}
		for _, m := range mails {
			ofOne := slices.ContainsFunc(k.Bookings, func(h holder) bool { return h.ID == m.BookingID })
			if !m.Erased && !ofOne {
				k.Messages++
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// holders are the bookings that hold a customer's contact data.
func (d Desk) holders(ctx context.Context, customer string) ([]holder, error) {
	all := []holder{}
	for cursor := ""; ; {
		page, err := d.Records.List(ctx, record.IndexOfCustomer(customer), cursor, lookChunk)
		if err != nil {
			return nil, err
		}
		for _, booking := range page.Members {
			h, err := d.holder(ctx, booking)
			if err != nil {
				return nil, err
			}
			all = append(all, h)
		}
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
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
