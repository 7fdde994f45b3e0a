package main

import (
	"net/http"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/web"
)

// ledger shows what the payment sandbox took and gave back, as a provider's own
// pages would: GET /ledger?booking=ID lists a booking's payments, GET
// /ledger?total=EUR is what is left of all in one currency, in minor units.
func ledger(books sandbox.Books) http.Handler {
	type payment struct {
		ID        string               `json:"id"`
		BookingID string               `json:"bookingId"`
		Amount    booking.Money        `json:"amount"`
		Status    booking.IntentStatus `json:"status"`
		Code      string               `json:"declineCode,omitempty"`
		Refunds   []sandbox.Refund     `json:"refunds,omitempty"`
		Taken     int64                `json:"taken"`
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if books == nil {
			web.Problem{
				Kind: "not-found", Title: "Not the sandbox's", Status: http.StatusNotFound, Detail: "Payments are Stripe's: its dashboard has them.",
			}.Write(w)
			return
		}
		all, err := books.Ledger(r.Context())
		if err != nil {
			web.Problem{
				Kind: "unavailable", Title: "Cannot be read now", Status: http.StatusServiceUnavailable, Detail: "Ask again.",
			}.Write(w)
			return
		}
		q := r.URL.Query()
		var total int64
		payments := []payment{}
		for _, i := range all {
			if of := q.Get("booking"); of != "" && of != i.BookingID {
				continue
			}
			payments = append(payments, payment{i.ID, i.BookingID, i.Amount, i.Status, i.Code, i.Refunds, i.Taken()})
			if i.Amount.Currency == q.Get("total") {
				total += i.Taken()
			}
		}
		if currency := q.Get("total"); currency != "" {
			web.JSON(w, http.StatusOK, map[string]any{"currency": currency, "taken": total})
			return
		}
		web.JSON(w, http.StatusOK, map[string]any{"payments": payments})
	})
}

// disputing has a payment of the sandbox's disputed by its cardholder.
func disputing(books sandbox.Books) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := books.Dispute(r.Context(), r.PathValue("intent")); err != nil {
			web.Problem{
				Kind: "not-found", Title: "Not disputed", Status: http.StatusNotFound, Detail: "Take a payment's id from GET /ledger.",
			}.Write(w)
			return
		}
		web.JSON(w, http.StatusAccepted, map[string]bool{"disputed": true})
	})
}
