package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// probe is where a system says whether it takes requests.
const probe = "/readyz"

// probePatience is how long it may take to say so.
const probePatience = 5 * time.Second

// healthCommand is for containers: an image with nothing but this program in
// it has nothing else to ask with. It is not shown.
func (k *console) healthCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "health",
		Short:  "Ask the running system whether it takes requests, and end with 1 if it does not",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE:   func(cmd *cobra.Command, _ []string) error { return k.health(cmd.Context()) },
	}
}

func (k *console) health(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(k.URL, "/")+probe, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return k.unreachable(err)
	}
	defer resp.Body.Close() // of a line at most
	said, err := io.ReadAll(io.LimitReader(resp.Body, 512))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", probe, resp.Status, strings.TrimSpace(string(said)))
	}
	_, err = fmt.Fprint(k.out, string(said))
	return err
}
