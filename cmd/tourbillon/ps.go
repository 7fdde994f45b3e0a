package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"tourbillon/internal/metrics"
	"tourbillon/internal/web"
	"tourbillon/knative/scale"
)

// instances is the functions' processes, as operators ask for them.
type instances struct {
	Isolated  bool           `json:"isolated"` // else every function is in the one process
	Functions []scale.Status `json:"functions"`
}

// instances answers how the functions' processes stand.
func (l *local) instances() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		web.JSON(w, http.StatusOK, instances{l.isolation != nil, l.isolation.statuses()})
	})
}

// measured has metrics tell of the processes.
func (i *isolation) measured(m *metrics.Metrics) {
	m.AddParts(i.parts)
	i.keep = m.Keep
	i.cold = m.Pools(func() (all []metrics.Pool) {
		for _, s := range i.statuses() {
			all = append(all, metrics.Pool{
				Function: s.Function, Ready: s.Ready, Starting: s.Starting, Stopping: s.Stopping,
				UnderWay: s.UnderWay, Waiting: s.Waiting, Starts: s.Starts, Failed: s.Failed,
			})
		}
		return all
	})
}

// began counts a cold start.
func (i *isolation) began(function string) func(time.Duration) {
	return func(took time.Duration) { i.cold(function, took) }
}

// ending has what a process counted outlive it.
func (i *isolation) ending(function string) func(string, func()) {
	return func(at string, gone func()) { i.keep(part(function, at), gone) }
}

func (k *console) psCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ps",
		Short: "Show the functions' processes: how many, what they have in hand, and how fast they start",
		Long: "Of a system that runs by `tourbillon up -isolate`. A process's start is measured from exec to its first answer;\n" +
			"exchanges that wait have no process yet.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all instances
			if err := k.ask(cmd.Context(), http.MethodGet, "/instances", nil, &all); err != nil {
				return err
			}
			if !all.Isolated && !k.json() {
				_, err := fmt.Fprintln(k.out, "Every function is in the one process: `tourbillon up -isolate` runs each as processes of its own.")
				return err
			}
			return k.print(all, "FUNCTION\tREADY\tSTARTING\tSTOPPING\tSCALE\tUNDER WAY\tWAITING\tSTARTS\tCRASHES\tCOLD P50 MS\tCOLD P99 MS", func(line func(...any)) {
				for _, s := range all.Functions {
					line(s.Function, s.Ready, s.Starting, s.Stopping, fmt.Sprintf("%d-%d", s.Min, s.Max), s.UnderWay, s.Waiting,
						s.Starts, s.Failed, fmt.Sprintf("%.0f", nearest(s.Cold, 50)), fmt.Sprintf("%.0f", nearest(s.Cold, 99)))
				}
			})
		},
	}
}
