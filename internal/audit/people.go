package audit

import (
	"context"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// What was told to whom, and who is to be told how.

func (a *account) takeMessage(f fact) {
	if a.told == nil {
		a.told = map[string]booking.Notification{}
	}
	n, d := a.told[f.id], f.data
	n.Booking, n.Occurrence, n.Template, n.Category = f.kept(), d.Occurrence, d.Template, booking.CategoryOf(d.Template)
	n.CustomerID, n.Channel, n.Recipient, n.Among = d.CustomerID, d.Channel, d.Recipient, d.Among
	n.Reason, n.Amount, n.Was, n.Stock = d.Reason, d.Amount, d.Was, d.Stock
	n.Version = max(n.Version, f.said.Version)
	switch f.name {
	case events.Sent:
		put(&n.Sent, f)
	case events.SendFailed:
		put(&n.Failed, f)
	case events.SendDeferred:
		if put(&n.Deferred, f); n.Deferred.Version == f.said.Version {
			n.Until = d.Until
		}
	}
	n.Waits = n.Deferred != nil && n.Sent == nil && n.Failed == nil
	if n.At.IsZero() || f.said.At.Before(n.At) {
		n.At = f.said.At // it was asked for before: nobody tells when
	}
	a.told[f.id] = n
}

// takeReader folds what is said of an address: it is written to, or it is not,
// as was said last.
func (a *account) takeReader(f fact) {
	r := &a.reader
	r.Version = max(r.Version, f.said.Version)
	switch f.name {
	case events.Suppressed:
		put(&r.Suppressed, f)
	case events.Restored:
		put(&r.Restored, f)
	case events.PreferencesChanged:
		if put(&r.Preferred, f); r.Preferred.Version == f.said.Version && f.data.Preferences != nil {
			r.Preferences = *f.data.Preferences
		}
		return
	}
	no, yes := r.Suppressed, r.Restored
	if no != nil && yes != nil && no.Version < yes.Version {
		r.Suppressed, no = nil, nil
	} else if no != nil {
		r.Restored, yes = nil, nil
	}
	for _, stands := range []*booking.Said{no, yes} {
		if stands != nil && stands.Version == f.said.Version {
			r.Channel, r.HeardAt = f.data.Channel, f.said.At
		}
	}
}

// What no fact tells: of a message who is at it, and what its provider told of
// it later, which no record said; of an address what can be erased, whose
// device it is, and when that was heard which its newest fact tells.
var (
	untoldOfMessages = []string{"at", "begun", "look", "open", "delivered", "bounced"}
	untoldOfReaders  = []string{"contact", "devices", "heardAt", "owner"}
)

// messages holds all notifications against what was said of them.
func (c *comparison) messages() {
	for id, n := range c.full.told {
		if is := c.rec.told[id]; n.Waits {
			n.Waits = is.Waits // until it is begun anew, which no fact tells
		}
		c.hold(notifications, id, "", n, true, c.rec.raw[notifications+" "+id], untoldOfMessages...)
	}
}

// checkApart holds a record that is of no booking against the archive.
func (a *auditor) checkApart(ctx context.Context, s subject) ([]Finding, error) {
	told := a.books.apart[s.id]
	rec := newWritten(s.id)
	var err error
	switch s.kind {
	case notifications:
		err = rec.message(ctx, a.Records, s.id)
	case customers:
		err = rec.address(ctx, a.Records)
	}
	if err != nil {
		return nil, err
	}
	c := comparison{full: told.clone(), rec: rec}
	c.completed(func(f fact) bool { return a.archived(told, f) }, a.Now(), a.Grace)
	c.messages()
	if s.kind == customers {
		c.hold(customers, s.id, "", c.full.reader, true, rec.raw[customers], untoldOfReaders...)
	}
	c.holes()
	return c.found, nil
}

// kind is that of a record which is of no booking.
func (a *account) kind() string {
	if len(a.told) > 0 {
		return notifications
	}
	return customers
}
