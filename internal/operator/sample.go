package operator

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// sample is what POST /notifications/test takes: a template's example, sent to
// an operator as a customer would get it.
type sample struct {
	To, Template, Locale, Channel string
}

// testNotification sends an example by the message provider. It is in no record
// and is no fact: nothing happened.
func (d Desk) testNotification(w http.ResponseWriter, r *http.Request) error {
	b, err := web.ReadObject(w, r)
	if err == nil {
		err = b.Only("to", "template", "locale", "channel")
	}
	if err != nil {
		return err
	}
	s := sample{b.Text("to"), b.Text("template"), b.Text("locale"), cmp.Or(b.Text("channel"), booking.ChannelMail)}
	if err := d.checkSample(s); err != nil {
		return err
	}
	m, err := d.sendSample(r.Context(), s)
	if err != nil {
		return err
	}
	d.Log.InfoContext(r.Context(), "operator", "test", m.Template, "channel", m.Channel)
	web.JSON(w, http.StatusOK, struct {
		Key      string `json:"key"`
		Template string `json:"template"`
		Channel  string `json:"channel"`
		Locale   string `json:"locale"`
	}{m.Key, m.Template, m.Channel, m.Locale})
	return nil
}

func (d Desk) sendSample(ctx context.Context, s sample) (record.Message, error) {
	m, err := d.Words.Sample(s.Template, "", s.Locale, s.Channel)
	if err != nil {
		return m, arrow.Never(err)
	}
	m.Key, m.To = "test-"+rand.Text(), s.To
	m.BookingID = m.Key // it is of no booking
	if s.Channel == booking.ChannelMail {
		m.CustomerID = d.CustomerID(s.To) // so that it is erased with what else is theirs
	}
	receipt, err := d.Messages.Send(ctx, m)
	if err != nil {
		return m, arrow.Again(err)
	}
	if receipt.Refused != "" {
		return m, pointless("The provider refuses to send it: " + receipt.Refused + ".")
	}
	return m, nil
}

// phone is a number in E.164.
var phone = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

func (d Desk) checkSample(s sample) error {
	var wrong []web.Field
	if names := d.templates(); !slices.Contains(names, s.Template) {
		wrong = append(wrong, web.Field{Pointer: "/template", Detail: "write one of " + strings.Join(names, ", ")})
	}
	if !slices.Contains(booking.Channels(), s.Channel) {
		wrong = append(wrong, web.Field{Pointer: "/channel", Detail: "write one of " + strings.Join(booking.Channels(), ", ")})
	}
	a, err := mail.ParseAddress(s.To)
	switch {
	case s.Channel == booking.ChannelMail && (err != nil || a.Name != "" || a.Address != s.To):
		wrong = append(wrong, web.Field{Pointer: "/to", Detail: "write the mail address that it goes to"})
	case s.Channel == booking.ChannelText && !phone.MatchString(s.To):
		wrong = append(wrong, web.Field{Pointer: "/to", Detail: "write the phone number that it goes to, such as +33611111111"})
	case s.To == "" || len(s.To) > 1024:
		wrong = append(wrong, web.Field{Pointer: "/to", Detail: "write where it goes to"})
	}
	if wrong == nil {
		return nil
	}
	return web.Invalid(wrong...)
}

// templates are the names of what can be said.
func (d Desk) templates() (names []string) {
	for _, t := range d.Words.Templates() {
		names = append(names, t.Name)
	}
	return names
}
