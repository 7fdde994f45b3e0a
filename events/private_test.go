package events_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"tourbillon/events"
)

// TestEvent_Private prints an event that holds a customer and a token in every
// way that a log line or an error text might.
func TestEvent_Private(t *testing.T) {
	e := full(t, events.BookingRequest)
	hidden := []string{e.Customer.Name, e.Customer.Email, e.Customer.Phone, e.Payment.Token}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("request", "event", e, "customer", e.Customer, "token", *e.Payment)

	ways := map[string]string{"slog": log.String(), "an error": errors.Join(fmt.Errorf("take %v: %w", e, events.ErrUnknown)).Error()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for what, v := range map[string]any{
			"an event": e, "its data": e.Data, "a customer": *e.Customer, "its address": e.Customer,
			"a token": *e.Payment, "its place": e.Payment, "a list": []any{e, e.Customer, e.Payment},
		} {
			ways[what+" by "+verb] = fmt.Sprintf(verb, v)
		}
	}
	for way, text := range ways {
		t.Run(way+" hides the customer and the token", func(t *testing.T) {
			for _, h := range hidden {
				if strings.Contains(text, h) {
					t.Errorf("%q is in: %s", h, text)
				}
			}
		})
	}
	t.Run("no schema but booking.request's has a place for them", func(t *testing.T) {
		ever(func(n events.Name, _ int, name string) {
			if n == events.BookingRequest {
				return
			}
			for field := range schemaFile(t, name).Properties {
				if field == "payment" || strings.HasPrefix(field, "customer") && field != "customerId" {
					t.Errorf("%s has the field %s", name, field)
				}
			}
		})
	})
}
