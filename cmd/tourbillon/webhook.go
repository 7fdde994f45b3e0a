package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"tourbillon/functions/webhook"
)

func (k *console) webhookCommand() *cobra.Command {
	return group("webhook", "Play a provider that tells something by webhook", k.webhookSendCommand())
}

// played is a webhook that was sent.
type played struct {
	Provider string `json:"provider"`
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Status   int    `json:"status"`
}

func (k *console) webhookSendCommand() *cobra.Command {
	var booking string
	var twice bool
	cmd := &cobra.Command{
		Use:   "send stripe KIND --booking ID",
		Short: "Sign an example of a provider's event and post it to the running system, for development",
		Long: `Sign an example of a provider's event and post it to the running system, for development.

The kinds of Stripe's are ` + strings.Join(webhook.StripeKinds(), ", ") + `.
STRIPE_WEBHOOK_SECRET must be set to the same for the system and for this command, to anything that
begins with whsec_. Whatever the event tells, the system asks the payment provider what is true.`,
		Args: takes(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != "stripe" {
				return fmt.Errorf("there are examples of stripe's events, and none of %q", args[0])
			}
			times := 1
			if twice {
				times = 2
			}
			sent, err := k.play(cmd.Context(), args[1], booking, times)
			if err != nil {
				return err
			}
			return k.result(sent, fmt.Sprintf("%s (%s) was taken: %d. The system asks the payment provider what is true, if the booking has a payment; its log says what came of it.", sent.Kind, sent.ID, sent.Status))
		},
	}
	cmd.Flags().StringVar(&booking, "booking", "", "the booking whose payment it is about")
	cmd.Flags().BoolVar(&twice, "twice", false, "send it again, as providers do that got no answer")
	_ = cmd.MarkFlagRequired("booking") // it was defined above
	return cmd
}

// play posts an example of Stripe's event, that many times.
func (k *console) play(ctx context.Context, kind, booking string, times int) (played, error) {
	sent := played{Provider: "stripe", Kind: kind}
	if len(k.StripeHooks) == 0 {
		return sent, errors.New("STRIPE_WEBHOOK_SECRET is not set: set the same for the system and for this command, such as whsec_example")
	}
	at := now()
	body, err := webhook.StripeExample(kind, booking, at)
	if err != nil {
		return sent, err
	}
	var event struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return sent, err
	}
	sent.ID = event.ID
	for range times {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(k.URL, "/")+"/webhooks/stripe", bytes.NewReader(body))
		if err != nil {
			return sent, err
		}
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		req.Header.Set("Stripe-Signature", webhook.SignStripe(k.StripeHooks[0], body, at))
		if sent.Status, err = k.post(req); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// post sends a request, and returns the status of an answer that is no refusal.
func (k *console) post(req *http.Request) (status int, err error) {
	resp, err := client.Do(req)
	if err != nil {
		return 0, k.unreachable(err)
	}
	defer resp.Body.Close() // read to its end below, or given up
	raw, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err == nil && resp.StatusCode/100 != 2 {
		err = refusal(resp, raw)
	}
	return resp.StatusCode, err
}
