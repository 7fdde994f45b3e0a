package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tourbillon/internal/audit"
)

func (k *console) auditCommand() *cobra.Command {
	return group("audit", "Hold the archive against the records", k.auditVerify(), k.auditRebuild(), k.auditTail())
}

func (k *console) auditVerify() *cobra.Command {
	var grace time.Duration
	var mend bool
	c := consent{console: k}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare seats, money and statuses of the archive and the records; fail where they differ",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if mend {
				if err := k.repair(cmd.Context(), c, grace); err != nil {
					return err
				}
			}
			return k.verify(cmd.Context(), grace)
		},
	}
	cmd.Flags().DurationVar(&grace, "grace", time.Minute, "how long the archive may lag behind, and a difference may be one of a moment")
	cmd.Flags().BoolVar(&mend, "repair", false, "say again, to the archive alone, what it lacks and the records remember; with -yes")
	c.flags(cmd, false)
	return cmd
}

// patient says on standard error what is waited for, where that takes longer than a moment. What
// it returns is called when it is over.
func (k *console) patient(grace time.Duration) (over func()) {
	waits := time.AfterFunc(2*time.Second, func() {
		fmt.Fprintf(os.Stderr, "There are differences, which may be those of a moment: looking again for %v (--grace).\n", grace)
	})
	return func() { waits.Stop() }
}

// audited is what an audit found, and what it looked at.
type audited struct {
	Findings []audit.Finding `json:"findings"`
	Summary  audit.Summary   `json:"summary"`
}

func (k *console) verify(ctx context.Context, grace time.Duration) error {
	defer k.patient(grace)()
	a := audited{Findings: []audit.Finding{}}
	err := k.read(ctx, query("/audit", "grace", grace.String()), func(line json.RawMessage) (bool, error) {
		var one struct {
			audit.Finding
			Summary *audit.Summary `json:"summary"`
		}
		if err := json.Unmarshal(line, &one); err != nil {
			return false, err
		}
		if one.Summary != nil {
			a.Summary = *one.Summary
			return true, nil
		}
		if k.json() {
			a.Findings = append(a.Findings, one.Finding)
		} else if one.Kind != audit.Lag {
			fmt.Fprintln(k.out, one.Finding)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if k.json() {
		err = k.print(a, "", nil)
	} else {
		_, err = fmt.Fprintln(k.out, a.Summary)
	}
	if err == nil && a.Summary.Wrong > 0 {
		err = fmt.Errorf("%s wrong", plural(a.Summary.Wrong, "finding"))
	}
	return err
}
