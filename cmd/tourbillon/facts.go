package main

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// factView is what a list tells of an archived event.
type factView struct {
	ID      string `json:"id"`
	Time    string `json:"time"`
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Source  string `json:"source"`
	Cause   string `json:"causationid"`
}

func (k *console) eventsCommand() *cobra.Command {
	var of, name string
	var limit int
	ls := &cobra.Command{
		Use:   "ls",
		Short: "List the facts of the archive, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := pages[json.RawMessage](cmd.Context(), k, "/events", "events", limit, "booking", of, "name", name)
			if err != nil {
				return err
			}
			return k.print(map[string]any{"events": all}, "TIME\tEVENT\tSUBJECT\tSOURCE\tID", func(line func(...any)) {
				for _, raw := range all {
					var f factView
					if json.Unmarshal(raw, &f) == nil {
						line(f.Time, f.Name, f.Subject, f.Source, f.ID)
					}
				}
			})
		},
	}
	ls.Flags().StringVar(&of, "booking", "", "only those of a booking")
	ls.Flags().StringVar(&name, "name", "", "only those of a name, as booking.confirmed")
	ls.Flags().IntVar(&limit, "limit", 1000, "how many at most; 0 is all")
	show := &cobra.Command{
		Use:   "show ID",
		Short: "Show one fact whole",
		Args:  takes(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var whole json.RawMessage
			if err := k.ask(cmd.Context(), http.MethodGet, "/events/"+url.PathEscape(args[0]), nil, &whole); err != nil {
				return err
			}
			e := json.NewEncoder(k.out)
			e.SetIndent("", "  ")
			return e.Encode(whole)
		},
	}
	return group("events", "Look at what was said", ls, show)
}
