//go:build unix

package main

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// mail is one message as the mail process has it.
type mail struct {
	Key       string
	BookingID string
	Template  string
	Channel   string
	At        time.Time
	Asked     int
}

// words are the templates of the mails by the ending that they tell of.
var words = map[string]string{
	confirmed: "booking.confirmed", rejected: "booking.rejected", cancelled: "booking.cancelled", expired: "booking.expired",
}

// asides are the facts that are told besides the ending, each once. Of a refund
// only what comes after its ending is.
var asides = []string{"payment.succeeded", "payment.refund.failed"}

const refunded = "payment.refunded"

// owed are the templates, besides the ending's, of what was said of a booking.
func (b booking) owed() (all []string) {
	for _, fact := range asides {
		if slices.Contains(b.Facts, fact) {
			all = append(all, fact)
		}
	}
	return all
}

// judgeMail wants the ending told once, and last of the endings, and all besides
// that was said told once: by each channel.
func (o *order) judgeMail(b booking, mails []mail, say func(string, ...any)) {
	mails = slices.SortedFunc(slices.Values(mails), func(a, b mail) int { return a.At.Compare(b.At) })
	count, by, last := map[string]int{}, map[[2]string]int{}, ""
	for _, m := range mails {
		if !slices.Contains(asides, m.Template) && m.Template != refunded {
			last = m.Template
		}
		count[m.Template]++
		if by[[2]string{m.Template, m.Channel}]++; by[[2]string{m.Template, m.Channel}] == 2 {
			say("was told twice: %s", m.Template)
		}
	}
	final := words[b.Status]
	if count[final] == 0 || last != final {
		say("is %s, and was told last: %q", b.Status, last)
	}
	delete(count, final)
	if b.Status == cancelled {
		delete(count, words[confirmed]) // it may have been, before
	}
	for _, owed := range b.owed() {
		if count[owed] == 0 {
			say("has heard %s, and nobody was told", owed)
		}
		delete(count, owed)
	}
	if slices.Contains(b.Facts, refunded) {
		delete(count, refunded)
	}
	for s := range count {
		say("is %s, and was told: %s", b.Status, s)
	}
}

// mailbox reads what the mail process has sent, by booking.
func (w *world) mailbox(ctx context.Context) (map[string][]mail, error) {
	all := map[string][]mail{}
	for cursor := ""; ; {
		var page struct {
			Mails []mail
			Next  string
		}
		if err := call(ctx, http.MethodPost, w.mail.url+"/mail/list", map[string]any{"cursor": cursor, "limit": 1000}, &page); err != nil {
			return all, err
		}
		for _, m := range page.Mails {
			all[m.BookingID] = append(all[m.BookingID], m)
		}
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// told waits until what is owed to the customers was told, or until ctx ends: no
// keeper waits for a receipt.
func (w *world) told(ctx context.Context, all []*order) error {
	found, err := w.bookings(ctx, all)
	for err == nil {
		var mails map[string][]mail
		if mails, err = w.mailbox(ctx); err != nil {
			break
		}
		if found = slices.DeleteFunc(found, func(b booking) bool { return paidUp(b, mails[b.ID]) }); len(found) == 0 {
			return nil
		}
		err = pause(ctx, 2*time.Second)
	}
	if ctx.Err() != nil {
		return nil // the judge says what is missing
	}
	return err
}

// paidUp reports whether all that is owed was told.
func paidUp(b booking, mails []mail) bool {
	return !slices.ContainsFunc(b.owed(), func(template string) bool {
		return !slices.ContainsFunc(mails, func(m mail) bool { return m.Template == template })
	})
}
