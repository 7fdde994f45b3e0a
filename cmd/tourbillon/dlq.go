package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tourbillon/events"
)

// letterView is a dead letter as the operator's API shows it.
type letterView struct {
	Letter   string          `json:"letter"`
	Event    json.RawMessage `json:"event"`
	Trigger  string          `json:"trigger,omitempty"`
	Function string          `json:"function,omitempty"`
	Reason   string          `json:"reason"`
	Tries    int             `json:"tries"`
	At       time.Time       `json:"at"`
	Dry      *trialView      `json:"dry,omitempty"`
}

// trialView is what the function would do about a letter's event now.
type trialView struct {
	Verdict   string            `json:"verdict"`
	Why       string            `json:"why"`
	Answer    json.RawMessage   `json:"answer,omitempty"`
	Publishes []json.RawMessage `json:"publishes,omitempty"`
	Calls     []callView        `json:"calls,omitempty"`
}

// lettersAsked are the filters of a list of dead letters.
type lettersAsked struct {
	broker, trigger, function, name, booking, since, older string
	limit                                                  int
}

func (a *lettersAsked) flags(cmd *cobra.Command, limit int) {
	f := cmd.Flags()
	f.StringVar(&a.broker, "broker", "", "only those of a broker, as bookings")
	f.StringVar(&a.trigger, "trigger", "", "only those of a Trigger, as command-book")
	f.StringVar(&a.function, "function", "", "only those of a function, as book")
	f.StringVar(&a.name, "name", "", "only those of an event's name, as payment.charge")
	f.StringVar(&a.booking, "booking", "", "only those of a booking")
	f.StringVar(&a.since, "since", "", "only those given up since then, as 2h, 3d or 2026-05-02T12:00:00Z")
	f.StringVar(&a.older, "older", "", "only those given up before then")
	f.IntVar(&a.limit, "limit", limit, "how many at most; 0 is all")
}

// any reports whether anything narrows the list.
func (a lettersAsked) any() bool {
	return a.broker+a.trigger+a.function+a.name+a.booking+a.since+a.older != ""
}

func (k *console) letters(ctx context.Context, a lettersAsked) ([]letterView, error) {
	return pages[letterView](ctx, k, "/dead-letters", "deadLetters", a.limit, "broker", a.broker, "trigger", a.trigger,
		"function", a.function, "name", a.name, "booking", a.booking, "since", a.since, "older", a.older)
}

func (k *console) dlqCommand() *cobra.Command {
	return group("dlq", "Look at what was given up, replay it or drop it", k.dlqList(), k.dlqShow(), k.dlqReplay(), k.dlqDrop())
}

func (k *console) dlqList() *cobra.Command {
	var a lettersAsked
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List dead letters, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := k.letters(cmd.Context(), a)
			if err != nil {
				return err
			}
			return k.printLetters(map[string]any{"deadLetters": all}, all)
		},
	}
	a.flags(cmd, 200)
	return cmd
}

func (k *console) printLetters(whole any, all []letterView) error {
	return k.print(whole, "LETTER\tGIVEN UP\tEVENT\tSUBJECT\tTRIGGER\tTRIES\tREASON", func(line func(...any)) {
		for _, l := range all {
			name, subject := l.about()
			line(l.Letter, l.At.UTC().Format(time.RFC3339), name, subject, dash(l.Trigger), l.Tries, l.Reason)
		}
	})
}

// about is what the letter's event is, and of what.
func (l letterView) about() (name, subject string) {
	var e struct{ Name, Type, Subject, CorrelationID string }
	_ = json.Unmarshal(l.Event, &e) // what has none of these shows none
	if n, _, err := events.ParseType(e.Type); err == nil {
		e.Name = string(n)
	}
	return dash(cmp.Or(e.Name, e.Type)), dash(cmp.Or(e.CorrelationID, e.Subject))
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (k *console) dlqShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show LETTER",
		Short: "Show one dead letter, and try it again without effect",
		Args:  takes(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := k.letter(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return k.print(l, "", l.draw)
		},
	}
}

func (k *console) letter(ctx context.Context, name string) (l letterView, err error) {
	path, err := letterPath(name)
	if err == nil {
		err = k.ask(ctx, http.MethodGet, path, nil, &l)
	}
	return l, err
}

// letterPath is where the API has a letter, by its name.
func letterPath(name string) (string, error) {
	broker, id, ok := strings.Cut(name, "/")
	if !ok || broker == "" || id == "" {
		return "", fmt.Errorf("%q is no letter's name: write it as `dlq ls` does, such as bookings/17", name)
	}
	return "/dead-letters/" + url.PathEscape(broker) + "/" + url.PathEscape(id), nil
}

// draw writes the letter, its event and what would come of it.
func (l letterView) draw(line func(...any)) {
	name, subject := l.about()
	line(fmt.Sprintf("%s: %s of %s", l.Letter, name, subject))
	line("given up", l.At.UTC().Format(time.RFC3339))
	line("by", "Trigger "+dash(l.Trigger)+", to "+dash(l.Function))
	line("tried", times(l.Tries))
	line("because", l.Reason)
	if d := l.Dry; d != nil {
		line("tried dry", d.Verdict+": "+d.Why)
		for _, c := range d.Calls {
			line("", "the payment provider would be asked to "+c.Verb+" "+c.Amount.String())
		}
	}
	line("")
	var whole strings.Builder
	e := json.NewEncoder(&whole)
	e.SetIndent("", "  ")
	_ = e.Encode(l.Event) // it was read from JSON
	for text := range strings.Lines(whole.String()) {
		line(strings.TrimRight(text, "\n"))
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
