package request

import (
	"net/http"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// ended is what a link to unsubscribe ends: a category's mail to a customer. The
// link is a key to that and to nothing else, for it goes through many hands.
func (d Door) ended(r *http.Request) (id string, c booking.Category, err error) {
	id, c, ok := d.unsubscribed(r.PathValue("token"))
	if !ok {
		return "", "", notFound
	}
	return id, c, nil
}

// askUnsubscribe shows a button, and does nothing: links in mails are followed by
// programs too.
func (d Door) askUnsubscribe(w http.ResponseWriter, r *http.Request) error {
	id, c, err := d.ended(r)
	if err != nil {
		return err
	}
	is, err := record.ReadReader(r.Context(), d.Records, id)
	if err != nil {
		return err
	}
	p := d.pageOf(r, is.Preferences.Locale)
	p.show(w, http.StatusOK, sheet{
		Title: p.Say("unsubscribe"), Lines: []string{p.Say("unsubscribe.ask") + p.aboutCategory(c) + "."}, Button: p.Say("unsubscribe"),
	})
	return nil
}

// unsubscribe ends the mail of a category at once (RFC 8058): whoever holds the
// link is not asked who they are. It says nothing of whether the address is good.
func (d Door) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	id, c, err := d.ended(r)
	if err != nil {
		return err
	}
	v, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	if v.Get("List-Unsubscribe") != "One-Click" {
		return web.Invalid(web.Field{Pointer: "/List-Unsubscribe", Detail: "is not One-Click"})
	}
	now := d.Now()
	is, err := d.change(r, id, func(was booking.Reader) booking.Reader {
		return was.Prefer(was.Preferences.Without(c, booking.ChannelMail), now)
	}, record.PreferredFact)
	if err != nil {
		return err
	}
	p := d.pageOf(r, is.Preferences.Locale)
	p.show(w, http.StatusOK, sheet{
		Title: p.Say("unsubscribed"), Lines: []string{p.Say("unsubscribed.of") + p.aboutCategory(c) + ".", p.Say("unsubscribed.back")},
	})
	return nil
}
