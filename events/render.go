package events

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"tourbillon/internal/booking"
)

// Speaker is who answers: the function, and the record it answers from.
type Speaker struct {
	Function string
	Record   string // kind; empty where there is none
	ID       string // the record's id
}

// EffectID derives an id from an effect's name, so that the same effect always
// has the same id, on any machine, without a memory: 128 bits of a SHA-256
// over the parts, in hexadecimal.
func EffectID(parts ...string) string {
	var room [256]byte // enough for most, so that nothing but the id is allocated
	b := room[:0]
	for _, p := range parts {
		// The length keeps ("ab","c") and ("a","bc") apart.
		b = append(append(strconv.AppendInt(b, int64(len(p)), 10), ':'), p...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// Render makes the answer an event, said by s because of cause.
func (a Answer) Render(s Speaker, cause Event) Event {
	spec := byName[a.Name]
	e := Event{
		Name: a.Name, Subject: a.Data.ID, Time: a.at, To: a.to, Step: spec.Step && !a.aside,
		CausationID: cause.ID, Trace: cause.Trace, Data: a.Data,
	}
	if e.Subject == "" {
		e.Subject = a.Data.DepartureID
	}
	if e.Subject == "" && a.Data.Tour != nil {
		e.Subject = a.Data.Tour.ID
	}
	if e.Subject == "" {
		e.Subject = cmp.Or(a.Data.CustomerID, a.Data.Recipient) // a fact about a customer
	}
	about := a.Data.ID + a.id
	switch {
	case spec.Kind == Command:
		e.Source = source(s.Function)
		e.ID = EffectID("command", s.Function, about, a.Data.DepartureID, string(a.Name),
			a.Data.Occurrence, a.Data.Template, a.Data.CustomerID, a.Data.Channel, a.Data.Recipient, a.Data.Cursor,
			string(a.Data.Reason), strconv.Itoa(a.Data.Try))
	case a.said == nil:
		e.Source = source(s.Function)
		e.ID = EffectID("note", s.Function, about, string(a.Name))
	default:
		e.Source, e.Record, e.RecordVersion, e.Time = source(s.Record), s.Record, a.said.Version, a.said.At
		e.ID = EffectID("fact", s.Record, s.ID, about, string(a.Name), strconv.Itoa(max(1, a.said.Attempt)))
	}
	return e
}

func source(who string) string { return "/tourbillon/" + who }

// Speaker returns the name of the function or record in an event's source.
func (e Event) Speaker() string { return strings.TrimPrefix(e.Source, "/tourbillon/") }

// Occurrence names the ending that a status stands for, as notifications do.
func Occurrence(s booking.Status) string { return "booking." + strings.ToLower(string(s)) }
