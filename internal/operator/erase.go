package operator

import (
	"context"
	"net/http"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// erased is what was erased of a customer.
type erased struct {
	ID       string `json:"id"`
	Bookings int    `json:"bookings"`
	Messages int    `json:"messages"`
	Letters  int    `json:"letters"`
	Devices  int    `json:"devices"`
	Watches  int    `json:"watches"`
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
	if shown := body.Text("preview"); shown != "" && shown != k.Preview && k.any() {
		return movedOn
	}
	if k.any() {
		if err := d.sayErased(r.Context(), k, by); err != nil {
			return err
		}
	}
	done, err := d.erase(r.Context(), k)
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, done)
	return nil
}

// erase erases what is kept. What is told by comes first, so that no message is
// made meanwhile, and the lists by which the rest is found come last.
func (d Desk) erase(ctx context.Context, k kept) (done erased, err error) {
	done.ID = k.ID
	if err := record.ChangeReader(ctx, d.Records, k.ID, booking.Reader.Erase); err != nil {
		return done, arrow.Again(err)
	}
	done.Devices = k.Devices
	for _, h := range k.Bookings {
		n, err := d.eraseBooking(ctx, h.ID)
		if err != nil {
			return done, arrow.Again(err)
		}
		done.Bookings, done.Messages = done.Bookings+1, done.Messages+n
	}
	for _, l := range k.letters {
		if err := d.discard(ctx, l); err != nil {
			return done, err
		}
		done.Letters++
	}
	n, err := d.Mailbox.EraseCustomer(ctx, k.ID)
	if done.Messages += n; err != nil {
		return done, arrow.Again(err)
	}
	for _, departure := range k.Watches {
		err := record.ChangeWatch(ctx, d.Records, k.ID, departure, func(r booking.Reader, _ booking.Watch) (booking.Reader, booking.Watch) {
			return r.Erase(), booking.Watch{}
		})
		if err != nil {
			return done, arrow.Again(err)
		}
		done.Watches++
	}
	return done, nil
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
