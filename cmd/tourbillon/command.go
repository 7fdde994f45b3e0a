package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// console is what every verb of the command line is given.
type console struct {
	config
	in     fs.File // where a person may answer
	out    io.Writer
	output string // text or json
}

// command is the command line.
func command(c config, args []string, out io.Writer) *cobra.Command {
	k := &console{config: c, in: os.Stdin, out: out}
	root := &cobra.Command{
		Use:           "tourbillon",
		Short:         "The booking back end of a tour operator, as event-driven functions",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if k.output != "text" && k.output != "json" {
				return fmt.Errorf("--output is %q: set text or json", k.output)
			}
			return k.address(k.URL)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&k.output, "output", "text", "how results are written: text or json")
	root.PersistentFlags().StringVar(&k.URL, "url", c.URL, "the running system")
	root.AddCommand(
		k.upCommand(), k.psCommand(), k.bookCommand(), k.sagaCommand(), k.dlqCommand(), k.customerCommand(), k.eventsCommand(),
		k.departureCommand(), k.auditCommand(), k.replayCommand(), k.webhookCommand(), k.notifyCommand(),
		k.simCommand(), k.benchCommand(), k.sandboxCommand(), k.configCommand(), k.healthCommand(), k.relayCommand(), k.lintCommand(),
	)
	root.SetFlagErrorFunc(noSuchFlag)
	root.SetArgs(dashes(root, args))
	root.SetOut(out)
	return root
}

// dashes lets the long flags that there are be written with one dash, as Go's
// own tools have them.
func dashes(root *cobra.Command, args []string) []string {
	long := map[string]bool{"help": true}
	for _, c := range append(root.Commands(), root) {
		for _, s := range append(c.Commands(), c) {
			s.LocalFlags().VisitAll(func(f *pflag.Flag) { long[f.Name] = len(f.Name) > 1 })
		}
	}
	both := slices.Clone(args)
	for i, a := range both {
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		switch {
		case a == "--":
			return both
		case strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && long[name]:
			both[i] = "-" + a
		}
	}
	return both
}

// noSuchFlag says which flag there is not, as it was written, and where the others
// are listed.
func noSuchFlag(cmd *cobra.Command, err error) error {
	var no *pflag.NotExistError
	if !errors.As(err, &no) {
		return err
	}
	name := "--" + no.GetSpecifiedName()
	if letters := no.GetSpecifiedShortnames(); letters != "" {
		name = "-" + letters
	}
	return fmt.Errorf("there is no flag %s: see %s --help", name, cmd.CommandPath())
}

// takes wants so many arguments.
func takes(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("write it as %s", cmd.UseLine())
		}
		return nil
	}
}

// group is a verb that is nothing without another.
func group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%s has no verb %q: see tourbillon %s --help", use, args[0], use)
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(verbs...)
	return cmd
}

// json reports whether results are to be JSON.
func (k *console) json() bool { return k.output == "json" }

// print writes v as JSON, or as rows under their heads.
func (k *console) print(v any, heads string, rows func(line func(cells ...any))) error {
	if k.json() {
		e := json.NewEncoder(k.out)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	t := tabwriter.NewWriter(k.out, 0, 0, 2, ' ', 0)
	if heads != "" {
		fmt.Fprintln(t, heads)
	}
	rows(func(cells ...any) {
		for i, c := range cells {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, c)
		}
		fmt.Fprintln(t)
	})
	return t.Flush()
}

func (k *console) configCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Show what is live and what is embedded, and every setting, secrets hidden",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			stands := k.standing()
			return k.print(map[string]any{"settings": k.shown, "stands": stands}, "SETTING\tVALUE\tFROM\tMEANS", func(line func(...any)) {
				for _, s := range stands {
					line(s.Part, s.On, "", "")
				}
				for _, s := range k.shown {
					line(s.Name, s.Value, s.From, s.Means)
				}
			})
		},
	}
}
