package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// following is how often an archive that is followed is asked for more.
const following = 500 * time.Millisecond

func (k *console) auditTail() *cobra.Command {
	var of, name string
	var last int
	var follow bool
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Show the newest facts of the archive, and those that come",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return k.tail(cmd.Context(), of, name, last, follow)
		},
	}
	f := cmd.Flags()
	f.StringVar(&of, "booking", "", "only those of a booking")
	f.StringVar(&name, "name", "", "only those of a name, as booking.confirmed")
	f.IntVar(&last, "lines", 20, "how many that are there already; -1 is all")
	f.BoolVar(&follow, "follow", true, "wait for those that come")
	return cmd
}

// eventsPage is a page of the history.
type eventsPage struct {
	Events []json.RawMessage `json:"events"`
	Next   string            `json:"next"`
	Resume string            `json:"resume"`
}

// tail shows the last facts that there are, and goes on until ctx ends.
func (k *console) tail(ctx context.Context, of, name string, last int, follow bool) error {
	var kept []json.RawMessage
	cursor, atEnd := "", false
	for {
		var page eventsPage
		if err := k.ask(ctx, http.MethodGet, query("/events", "booking", of, "name", name, "kind", "fact", "limit", "200", "cursor", cursor), nil, &page); err != nil {
			return ended(ctx, err)
		}
		cursor = page.Resume
		kept = append(kept, page.Events...)
		if !atEnd && last >= 0 && len(kept) > last {
			kept = kept[len(kept)-last:]
		}
		if atEnd = atEnd || page.Next == ""; atEnd || last < 0 {
			if err := k.showFacts(kept); err != nil {
				return err
			}
			kept = nil
		}
		if page.Next != "" {
			continue
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(following):
		}
	}
}

// ended is nil where ctx did: whoever follows leaves by Ctrl-C.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// showFacts prints facts, each on a line.
func (k *console) showFacts(all []json.RawMessage) error {
	for _, raw := range all {
		if k.json() {
			fmt.Fprintf(k.out, "%s\n", raw)
			continue
		}
		var f factView
		if err := json.Unmarshal(raw, &f); err != nil {
			return err
		}
		fmt.Fprintln(k.out, f.line())
	}
	return nil
}
