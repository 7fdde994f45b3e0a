package booking

import (
	"slices"
	"time"
)

// Reader is the head of a customer's record: how they wish to be told, and what
// they can be told by. The record of a telephone number or of a device, which
// has no customer's wishes, says only whether that may be written to.
type Reader struct {
	Contact     *Customer   `json:"contact,omitempty"` // of who watches departures: kept here, and can be erased
	Preferences Preferences `json:"preferences,omitzero"`
	Devices     []Device    `json:"devices,omitempty"`
	Preferred   *Said       `json:"preferred,omitempty"`  // the preferences' fact
	Suppressed  *Said       `json:"suppressed,omitempty"` // Said.Code tells why; nil: it may be written to
	Restored    *Said       `json:"restored,omitempty"`   // that it may be written to again
	Channel     string      `json:"channel,omitempty"`    // that was suppressed or restored
	HeardAt     time.Time   `json:"heardAt,omitzero"`     // when the newest that was heard of it happened
	Owner       string      `json:"owner,omitempty"`      // of a device: the customer who registered it last; empty: nobody has since it is kept
	Version     uint64      `json:"v,omitempty"`          // facts said so far
}

// Device is one that takes pushes.
type Device struct {
	ID    string    `json:"id"`    // a keyed hash of Token
	Token string    `json:"token"` // by which its provider knows it
	Name  string    `json:"name,omitempty"`
	Since time.Time `json:"since"`
}

// MostDevices bounds how many devices a customer has; the oldest gives way.
const MostDevices = 10

// Why an address is written to no more.
const (
	SuppressedBounce = "bounced"   // there is nobody at it
	SuppressedOptOut = "opted_out" // who is there wants no more, or complained
)

func (r *Reader) say(now time.Time, s Said) *Said {
	r.Version++
	s.Version, s.At = r.Version, now
	return &s
}

// Prefer takes what the customer wishes; the same again changes nothing. Who says
// so on their own page says too that their mail address is theirs and good: see
// [Reader.Restore].
func (r Reader) Prefer(p Preferences, now time.Time) Reader {
	if r.Preferred != nil && alike(r.Preferences, p) {
		return r
	}
	n := 1
	if r.Preferred != nil {
		n += r.Preferred.Attempt
	}
	r.Preferences = p.copied()
	r.Preferred = r.say(now, Said{Attempt: n})
	return r
}

// Suppress has an address written to no more, from when that was heard. What was
// heard before the newest is late, and changes nothing.
func (r Reader) Suppress(channel, why string, heard, now time.Time) Reader {
	if !heard.After(r.HeardAt) {
		return r
	}
	r.HeardAt = heard
	if r.Suppressed != nil {
		return r
	}
	n := 1
	if r.Restored != nil {
		n += r.Restored.Attempt
	}
	r.Channel, r.Restored = channel, nil
	r.Suppressed = r.say(now, Said{Attempt: n, Code: why})
	return r
}

// Restore has it written to again.
func (r Reader) Restore(channel string, heard, now time.Time) Reader {
	if heard.Before(r.HeardAt) {
		return r
	}
	r.HeardAt = heard
	if r.Suppressed == nil {
		return r
	}
	n := r.Suppressed.Attempt
	r.Channel, r.Suppressed = channel, nil
	r.Restored = r.say(now, Said{Attempt: n})
	return r
}

// Register has a device take pushes; registered again it is the youngest.
func (r Reader) Register(d Device) Reader {
	all := slices.DeleteFunc(slices.Clone(r.Devices), func(o Device) bool { return o.ID == d.ID })
	all = append(all, d)
	r.Devices = all[max(0, len(all)-MostDevices):]
	return r
}

// Unregister has it take none.
func (r Reader) Unregister(id string) Reader {
	r.Devices = slices.DeleteFunc(slices.Clone(r.Devices), func(o Device) bool { return o.ID == id })
	return r
}

// Serves reports whether a customer's messages may go to the address: not to a
// device that another customer has registered since, and has in hand now.
func (r Reader) Serves(customerID string) bool {
	return r.Suppressed == nil && (r.Owner == "" || r.Owner == customerID)
}

// Erase forgets who they are and what they are told by. What they wish stays,
// and that they are not to be written to.
func (r Reader) Erase() Reader {
	r.Contact, r.Devices = nil, nil
	return r
}

// Private reports whether there is something to erase.
func (r Reader) Private() bool { return r.Contact != nil || len(r.Devices) > 0 }

// Watch is a customer's entry for a departure whose seats they watch.
type Watch struct {
	Since time.Time `json:"since,omitzero"` // zero: not any more
}
