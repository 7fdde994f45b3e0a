package audit

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// Options is what an audit is made with. Report is called with every finding,
// in no order; its error ends the audit.
type Options struct {
	History events.History
	Records Records
	Names   Names
	Now     func() time.Time
	Sleep   func(context.Context, time.Duration) error
	Grace   time.Duration // how long the archive may lag behind, and a difference may be one of a moment
	Most    int           // bookings in memory at once; 0: MostBookings
	Report  func(Finding) error
}

// Summary is what an audit looked at, and what it found.
type Summary struct {
	Facts      int `json:"facts"`
	Tours      int `json:"tours"`
	Departures int `json:"departures"`
	Bookings   int `json:"bookings"`
	Wrong      int `json:"wrong"`
	Lag        int `json:"lag"`
	Noted      int `json:"noted"`
}

// subject is what is checked by itself: a tour, a departure, or a booking.
type subject struct{ kind, id string }

type auditor struct {
	Options
	books  *Books
	cursor string
	mu     sync.Mutex
	said   map[string]map[uint64]*booking.Stock // by departure: what the archive lacks of its bookings' facts
	at     map[string]string                    // by booking: the departure that lists it
	sum    Summary
}

// poll is how often what differs is looked at again.
const poll = 250 * time.Millisecond

// Verify folds the whole archive, compares it with the records, and reports
// what it finds. A difference is looked at again, with what was archived
// meanwhile, until it is gone or the grace has passed: the system may be at
// work. The error is that of reading, or of Report.
func Verify(ctx context.Context, o Options) (Summary, error) {
	if o.Most == 0 {
		o.Most = MostBookings
	}
	a := &auditor{Options: o, said: map[string]map[uint64]*booking.Stock{}}
	shares := 1
	for share := 0; share < shares; share++ {
		a.books, a.cursor = NewBooks(share, shares, o.Most), ""
		if share > 0 {
			a.books.most = math.MaxInt // as many as it takes: the first share has said how many there are
		}
		if err := a.read(ctx); err != nil {
			return a.sum, err
		}
		shares = a.books.Shares()
		if err := a.share(ctx, share == 0, share == shares-1); err != nil {
			return a.sum, err
		}
		a.sum.Facts = a.books.Facts()
	}
	return a.sum, nil
}

// read folds what the archive has beyond the cursor.
func (a *auditor) read(ctx context.Context) error {
	next, err := a.books.Read(ctx, a.History, a.cursor)
	a.cursor = next
	return err
}

// share checks everything of one share of the bookings. Tours are the first
// share's, and departures the last's, when all their bookings were seen.
func (a *auditor) share(ctx context.Context, first, last bool) error {
	all, err := a.subjects(ctx)
	if err != nil {
		return err
	}
	if first {
		a.sum.Tours, a.sum.Departures = len(all[tours]), len(all[departures])
	}
	a.sum.Bookings += len(all[bookings])
	var open []subject
	check := func(kind string) error {
		left, err := a.checkAll(ctx, kind, slices.Sorted(maps.Keys(all[kind])))
		open = append(open, left...)
		return err
	}
	for _, kind := range []string{bookings, notifications, customers} {
		if err == nil {
			err = check(kind)
		}
	}
	if err == nil && first {
		err = check(tours)
	}
	if err == nil && last {
		err = check(departures)
	}
	if err == nil {
		err = a.again(ctx, open)
	}
	if err == nil {
		err = a.report(slices.DeleteFunc(a.books.wrong, func(f Finding) bool {
			return !first && (f.Record == tours || f.Record == departures) // every share has them
		}))
	}
	return err
}

// workers is how many subjects are checked at once: what is waited for is the
// store.
const workers = 16

// checkAll checks all subjects of a kind, and returns those with anything
// wrong. The others are reported.
func (a *auditor) checkAll(ctx context.Context, kind string, ids []string) (open []subject, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	type checked struct {
		subject
		found []Finding
	}
	todo, done := make(chan string), make(chan checked)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for id := range todo {
				found, err := a.check(ctx, subject{kind, id})
				if err != nil {
					stop(err)
					return
				}
				select {
				case done <- checked{subject{kind, id}, found}:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() {
		defer close(done)
		defer all.Wait()
		defer close(todo)
		for _, id := range ids {
			select {
			case todo <- id:
			case <-ctx.Done():
				return
			}
		}
	}()
	for c := range done {
		if slices.ContainsFunc(c.found, Finding.Wrong) {
			open = append(open, c.subject)
		} else if err := a.report(c.found); err != nil {
			stop(err)
		}
	}
	return open, context.Cause(ctx)
}

// again looks at what differs until it no longer does, or for as long as the
// grace is, and reports what is left.
func (a *auditor) again(ctx context.Context, open []subject) error {
	until := a.Now().Add(a.Grace)
	for {
		late := !a.Now().Before(until)
		var left []subject
		for _, s := range open {
			found, err := a.check(ctx, s)
			if err != nil {
				return err
			}
			if !late && slices.ContainsFunc(found, Finding.Wrong) {
				left = append(left, s)
				continue
			}
			if err := a.report(found); err != nil {
				return err
			}
		}
		if open = left; len(open) == 0 {
			return nil
		}
		if err := a.Sleep(ctx, poll); err != nil {
			return err
		}
		if err := a.read(ctx); err != nil {
			return err
		}
	}
}

func (a *auditor) report(found []Finding) error {
	for _, f := range found {
		switch {
		case f.Wrong():
			a.sum.Wrong++
		case f.Kind == Lag:
			a.sum.Lag++
		default:
			a.sum.Noted++
		}
		if err := a.Report(f); err != nil {
			return err
		}
	}
	return nil
}

// subjects are all that there is to check: what the archive knows, and what
// the records' lists do.
func (a *auditor) subjects(ctx context.Context) (map[string]map[string]bool, error) {
	all := map[string]map[string]bool{tours: {}, departures: {}, bookings: {}, notifications: {}, customers: {}}
	add := func(kind string) func(string) {
		return func(id string) {
			if kind != bookings || a.books.has(id) {
				all[kind][id] = true
			}
		}
	}
	for id := range a.books.tours {
		add(tours)(id)
	}
	for id := range a.books.departures {
		add(departures)(id)
	}
	for id := range a.books.accounts {
		add(bookings)(id)
	}
	for id, is := range a.books.apart {
		all[is.kind()][id] = true
	}
	err := errors.Join(
		listed(ctx, a.Records, a.Names.Tours, add(tours)),
		listed(ctx, a.Records, a.Names.Departures, add(departures)))
	for _, index := range a.Names.Sagas {
		err = errors.Join(err, listed(ctx, a.Records, index, add(bookings)))
	}
	a.at = map[string]string{}
	for id := range all[departures] {
		err = errors.Join(err, listed(ctx, a.Records, a.Names.Bookings(id), func(booking string) {
			add(bookings)(booking)
			a.at[booking] = id
		}))
	}
	return all, err
}

func (a *auditor) check(ctx context.Context, s subject) (found []Finding, err error) {
	switch s.kind {
	case tours, departures:
		found, err = a.checkStock(ctx, s)
	case notifications, customers:
		found, err = a.checkApart(ctx, s)
	default:
		found, err = a.checkBooking(ctx, s.id)
	}
	var unreadable *unreadableError
	if errors.As(err, &unreadable) {
		return []Finding{unreadable.finding()}, nil
	}
	return found, err
}
