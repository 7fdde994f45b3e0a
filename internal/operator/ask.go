package operator

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// The bounds of looking for sagas that a query wants: records looked at for one
// request, and at a time.
const (
	mostLooked = 5_000
	lookChunk  = 200
)

// shelf is one list of sagas, and what a cursor calls it.
type shelf struct{ label, list string }

// asked is what a list of sagas is asked for.
type asked struct {
	shelves []shelf // one after another
	keep    func(saga.Record) bool
	every   bool // keep keeps all
	seats   bool // tell what seats each has, by its departure's record
	since   time.Time
}

// questions are what a business asks, by name, and who answers.
var questions = map[string]struct {
	list string
	is   func(saga.Record) bool
}{
	"stuck":             {record.IndexStuck, saga.Record.IsStuck},
	"undo-owed":         {record.IndexUndoOwed, saga.Record.OwesUndo},
	"paid-without-seat": {record.IndexPaidWithoutSeat, saga.Record.PaidWithoutSeat},
}

// askedSagas reads a list's query. The shortest list that has all that is wanted
// is looked through: a question's, or the departure's, or those by status.
func askedSagas(q url.Values, now time.Time) (a asked, err error) {
	var older time.Time
	if a.since, older, err = span(q, now); err != nil {
		return a, err
	}
	over, err := overAmount(q.Get("over"))
	if err != nil {
		return a, err
	}
	statuses, err := askedStatuses(q.Get("status"))
	if err != nil {
		return a, err
	}
	question, departure := q.Get("question"), q.Get("departure")
	is := func(saga.Record) bool { return true }
	switch {
	case question != "":
		one, known := questions[question]
		if !known {
			return a, bad("question", "write stuck, undo-owed or paid-without-seat")
		}
		a.shelves, is = []shelf{{question, one.list}}, one.is
		a.seats = one.list == record.IndexPaidWithoutSeat
	case departure != "" && !departureID.MatchString(departure):
		return a, bad("departure", "write a departure's id")
	case departure != "":
		a.shelves = []shelf{{"departure", record.IndexSagasOf(departure)}}
	default:
		for _, s := range statuses {
			a.shelves = append(a.shelves, shelf{string(s), record.IndexSagas(s)})
		}
	}
	a.every = question == "" && departure == "" && a.since.IsZero() && older.IsZero() && over.Currency == ""
	a.keep = func(s saga.Record) bool {
		b, at := s.Booking, s.RequestedAt()
		return is(s) && slices.Contains(statuses, s.Status()) && (departure == "" || b.DepartureID == departure) &&
			!at.Before(a.since) && (older.IsZero() || !at.IsZero() && at.Before(older)) &&
			(over.Currency == "" || b.Price.Currency == over.Currency && b.Price.Amount > over.Amount)
	}
	return a, nil
}

// askedStatuses are those of a list: the one named, or all in turn.
func askedStatuses(name string) ([]booking.Status, error) {
	all := booking.Statuses()
	switch {
	case name == "":
		return all, nil
	case !slices.Contains(all, booking.Status(name)):
		return nil, bad("status", fmt.Sprint("write one of ", all))
	}
	return []booking.Status{booking.Status(name)}, nil
}

// overAmount reads an amount with its currency, as 500EUR or 12.50EUR.
func overAmount(s string) (booking.Money, error) {
	if s == "" {
		return booking.Money{}, nil
	}
	wrong := bad("over", "write an amount and its currency, as 500EUR or 12.50EUR")
	i := max(0, len(s)-3)
	number, currency := s[:i], s[i:]
	digits, ok := booking.Digits(currency)
	whole, part, _ := strings.Cut(number, ".")
	if !ok || whole == "" || len(part) > digits {
		return booking.Money{}, wrong
	}
	minor, err := strconv.ParseUint(whole+part+strings.Repeat("0", digits-len(part)), 10, 63)
	if err != nil {
		return booking.Money{}, wrong
	}
	return booking.Money{Amount: int64(minor), Currency: currency}, nil
}

// sagas is a page of what is asked for, and the cursor of what was not looked
// at yet; it may be short, or empty, where much was looked at for little. A
// cursor is the shelf that it is in and that list's own cursor.
func (d Desk) lookSagas(ctx context.Context, a asked, cursor string, limit int) (found []saga.Record, next string, err error) {
	i, in := 0, ""
	if cursor != "" {
		label, rest, ours := strings.Cut(cursor, ".")
		i = slices.IndexFunc(a.shelves, func(s shelf) bool { return s.label == label })
		if in = rest; !ours || i < 0 {
			return nil, "", store.ErrCursor
		}
	}
	for looked := 0; i < len(a.shelves); {
		s := a.shelves[i]
		if looked >= mostLooked || len(found) == limit {
			return found, s.label + "." + in, nil
		}
		if in == "" && !a.since.IsZero() {
			in = store.From(s.list, a.since.Unix()) // a hold ends after it was asked for
		}
		most := lookChunk
		if a.every {
			most = limit - len(found)
		}
		some, n, rest, err := d.lookShelf(ctx, a, s, in, most, limit-len(found))
		if err != nil {
			return nil, "", err
		}
		found, looked = append(found, some...), looked+n
		if in = rest; in == "" {
			i++
		}
	}
	return found, "", nil
}

// lookShelf looks at some members of a list, until it has found the limit. It
// returns how many it looked at, and the cursor of what follows.
func (d Desk) lookShelf(ctx context.Context, a asked, s shelf, in string, most, limit int) (found []saga.Record, n int, next string, err error) {
	page, err := d.Records.List(ctx, s.list, in, most)
	if err != nil {
		return nil, 0, "", err
	}
	for n < len(page.Members) && len(found) < limit {
		r, known, err := sagaIn(ctx, d.Records, page.Members[n])
		if err != nil {
			return nil, n, "", err
		}
		if n++; known && a.keep(r) { // else it went, or moved on, since it was listed
			found = append(found, r)
		}
	}
	if n < len(page.Members) { // there is no cursor between two members but by listing up to it
		if page, err = d.Records.List(ctx, s.list, in, n); err != nil {
			return nil, n, "", err
		}
	}
	return found, n, page.Next, nil
}
