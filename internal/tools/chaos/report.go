//go:build unix

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
)

// result is what came of a round.
type result struct {
	began                   time.Time
	loaded, drained, judged time.Duration
	faults                  []fault
	orders                  []*order
	seen                    seen
	copies, refused         int // so far
	again                   int // facts that the archive lacked, and that were said again
	wrong                   []string
}

// shown is how many findings are printed in full.
const shown = 40

func (r result) print(out io.Writer, n int) {
	fmt.Fprintf(out, "round %d took %.0f s, %.0f s until all had ended, %.0f s to check; bookings by how they ended:\n",
		n, r.loaded.Seconds(), r.drained.Seconds(), r.judged.Seconds())
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  \torchestration\tchoreography")
	ends := tally(r.orders, r.seen)
	for _, end := range slices.Sorted(maps.Keys(ends)) {
		fmt.Fprintf(t, "  %s\t%d\t%d\n", end, ends[end]["orchestration"], ends[end]["choreography"])
	}
	_ = t.Flush() // to a terminal
	asks := 0
	for _, o := range r.orders {
		asks += o.asks
	}
	payments, mails := r.seen.asked()
	fmt.Fprintf(out, "  %d requests for %d bookings; so far %d payment calls and %d mails were asked for more than once; %d copies published, %d refused by a full queue\n",
		asks, len(r.orders), payments, mails, r.copies, r.refused)
	if r.again > 0 {
		fmt.Fprintf(out, "  %d facts were overtaken before they were said, and came into the archive by audit verify --repair\n", r.again)
	}
	if len(r.wrong) == 0 {
		fmt.Fprintln(out, "  nothing was lost, and nothing happened twice")
		return
	}
	fmt.Fprintf(out, "  %d FINDINGS\n", len(r.wrong))
	for _, w := range r.wrong[:min(shown, len(r.wrong))] {
		fmt.Fprintln(out, "  -", w)
	}
}

// report is what came of all rounds.
type report struct {
	rounds, bookings int
	again            int // facts that were said again
	faults           map[string]int
	lasted           map[string]time.Duration
	wrong            []string
	known            map[string]bool // ids of bookings
}

func newReport() *report {
	return &report{faults: map[string]int{}, lasted: map[string]time.Duration{}, known: map[string]bool{}}
}

func (t *report) add(r result) {
	t.rounds++
	t.bookings += len(r.orders)
	t.again += r.again
	for _, f := range r.faults {
		t.faults[f.String()]++
		t.lasted[f.String()] += f.lasts
	}
	t.wrong = append(t.wrong, r.wrong...)
}

func (t *report) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FAULT\tTIMES\tSECONDS")
	sum := 0
	for _, f := range slices.Sorted(maps.Keys(t.faults)) {
		fmt.Fprintf(w, "%s\t%d\t%.0f\n", f, t.faults[f], t.lasted[f].Seconds())
		sum += t.faults[f]
	}
	_ = w.Flush() // to a terminal
	fmt.Fprintf(out, "%d rounds, %d bookings, %d faults, %d facts said again, %d findings\n", t.rounds, t.bookings, sum, t.again, len(t.wrong))
}
