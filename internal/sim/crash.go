package sim

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
)

// Case is one outcome, and the options of a calm run that comes to it.
type Case struct {
	Name string
	Options
}

// Cases is every outcome that one booking can have.
func Cases() []Case {
	var cases []Case
	one := func(name, token string, change func(*Options)) {
		o := Options{
			Replicas:   2,
			Requests:   []Request{{ID: "req-00001", Departure: "lyon", Seats: 2, Token: token}},
			Departures: []Departure{{ID: "lyon", Capacity: 3}},
		}
		if change != nil {
			change(&o)
		}
		cases = append(cases, Case{name, o})
	}
	cancel := func(at time.Duration) func(*Options) {
		return func(o *Options) { o.Requests[0].Cancel = at }
	}
	for _, token := range sandbox.Tokens() {
		one(token, token, nil)
	}
	one("sold_out", "tok_visa", func(o *Options) { o.Departures[0].Capacity = 1 })
	one("departure_unknown", "tok_visa", func(o *Options) { o.Requests[0].Departure = "nowhere" })
	one("cancel_early", "tok_visa", cancel(20*time.Millisecond))
	one("cancel_while_charging", "tok_slow", cancel(10*time.Second))
	one("cancel_while_pending", "tok_async", cancel(30*time.Second))
	one("cancel_late", "tok_visa", func(o *Options) { o.Requests[0].Cancel, o.Leaves = 5*time.Minute, 24*time.Hour })
	one("cancel_too_late", "tok_visa", func(o *Options) {
		o.Requests[0].Cancel, o.Leaves, o.After = 12*time.Minute, 10*time.Minute, 48*time.Hour
	})
	one("cancel_refund_fails", "tok_refund_fails", cancel(5*time.Minute))
	one("cancel_refund_comes_back", "tok_refund_fails_later", cancel(5*time.Minute))
	one("shown", "tok_3ds", func(o *Options) { o.Requests[0].Show = time.Minute })
	one("hidden", "tok_3ds", func(o *Options) { o.Requests[0].Show, o.Requests[0].Hide = time.Minute, true })
	one("shown_too_late", "tok_3ds", func(o *Options) { o.Requests[0].Show = 20 * time.Minute })
	one("departure_cancelled", "tok_visa", func(o *Options) { o.Departures[0].Cancel = 5 * time.Minute })
	one("expired", "tok_async", func(o *Options) { o.Late = 20 * time.Minute })
	toldCases(one)
	one("completed", "tok_visa", func(o *Options) { o.After = 48 * time.Hour })
	return cases
}

// enough is how many complaints of one outcome are worth reading.
const enough = 3

// Hits counts crashes by point and outcome. A point is a function, the event
// it heard, the port it crossed, and the how-manieth time in this delivery.
type Hits map[string]map[string]int

// Crash explores every crash point of the case in one flow: it crashes at
// each crossing of the calm run, and at each crossing that only a recovery
// makes, until no point is left that was crossed and not crashed at. Every
// run must end as the calm one does. It answers with what it hit.
func (c Case) Crash(flow booking.Flow) (Hits, error) {
	c.Flow, c.Points = flow, true
	hits := Hits{}
	planned := map[string]bool{}
	var calm []Outcome
	var wrong []error
	for queue := [][]int{nil}; len(queue) > 0 && len(wrong) < enough; queue = queue[1:] {
		o := c.Options
		o.CrashAt = queue[0]
		w, err := New(o)
		if err != nil {
			return hits, err
		}
		if err := w.Run(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", c.Name, err))
		}
		last := 0
		for _, at := range o.CrashAt {
			last = at
			if at <= len(w.crossed) {
				hits.add(w.crossed[at-1], c.Name)
			}
		}
		if last == 0 {
			calm = w.Outcomes()
		} else if err := c.same(calm, w.Outcomes()); err != nil {
			wrong = append(wrong, fmt.Errorf("%s, %s, crash at %v, %s: %w", c.Name, flow, o.CrashAt, w.crossed[last-1], err))
		}
		for i := last; i < len(w.crossed); i++ {
			if point := w.crossed[i]; last == 0 || !planned[point] {
				planned[point] = true
				queue = append(queue, append(slices.Clone(o.CrashAt), i+1))
			}
		}
	}
	for point := range planned {
		if len(wrong) == 0 && hits[point][c.Name] == 0 {
			wrong = append(wrong, fmt.Errorf("%s, %s: no crash at %s", c.Name, flow, point))
		}
	}
	return hits, errors.Join(wrong...)
}

// same holds a run against the calm one. Where the customer cancels, it hangs
// on the crash whether a confirmation was told of first.
func (c Case) same(calm, now []Outcome) error {
	for i := range calm {
		a, b := calm[i], now[i]
		if c.Requests[i].Cancel > 0 {
			a.Messages, b.Messages = nil, nil
		}
		if a.String() != b.String() {
			return fmt.Errorf("ended otherwise than without a crash:\n  %s\n  %s", a, b)
		}
	}
	return nil
}

func (h Hits) add(point, outcome string) {
	if h[point] == nil {
		h[point] = map[string]int{}
	}
	h[point][outcome]++
}

// Merge adds other's counts.
func (h Hits) Merge(other Hits) {
	for point, outcomes := range other {
		for outcome, n := range outcomes {
			for range n {
				h.add(point, outcome)
			}
		}
	}
}

// Print writes the table of hits: a row for each crash point, a column for
// each outcome; a dot is a point that the outcome never comes to.
func (h Hits) Print(to io.Writer, cases []Case) error {
	t := tabwriter.NewWriter(to, 0, 0, 1, ' ', 0)
	for i, c := range cases {
		fmt.Fprintf(t, "%s = %s\n", letter(i), c.Name)
	}
	fmt.Fprint(t, "crash point")
	for i := range cases {
		fmt.Fprintf(t, "\t%s", letter(i))
	}
	fmt.Fprintln(t)
	for _, point := range slices.Sorted(maps.Keys(h)) {
		cells := []string{point}
		for _, c := range cases {
			cell := "."
			if n := h[point][c.Name]; n > 0 {
				cell = fmt.Sprint(n)
			}
			cells = append(cells, cell)
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}

func letter(i int) string {
	return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[i : i+1]
}
