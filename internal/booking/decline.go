package booking

// Verdict says what may be done about a declined card.
type Verdict string

// The verdicts.
const (
	VerdictRetry     Verdict = "retry"      // the card was not refused, something was in the way: try it again
	VerdictOtherCard Verdict = "other_card" // this card will not do as it is: another one may
	VerdictStop      Verdict = "stop"       // nobody should try this card again
)

// Declined is what a decline code means: what may be done, and what the
// customer is told. A code that is not known is a card that was declined.
//
// Whoever stops is told no more than that: a thief would learn from it that
// the card is known to be stolen.
func Declined(code string) (Verdict, Reason) {
	d, known := declines[code]
	if !known {
		d = refusal{VerdictOtherCard, ReasonCardDeclined}
	}
	return d.verdict, d.why
}

type refusal struct {
	verdict Verdict
	why     Reason
}

// declines are Stripe's decline codes, the error codes that it has in their
// place, and those of our providers.
var declines = func() map[string]refusal {
	all := make(map[string]refusal)
	for d, codes := range map[refusal][]string{
		{VerdictRetry, ReasonCardDeclined}: {
			"processing_error", "try_again_later", "issuer_not_available", "reenter_transaction",
		},
		{VerdictOtherCard, ReasonInsufficientFunds}: {"insufficient_funds"},
		{VerdictOtherCard, ReasonCardDeclined}: {
			"card_declined", "generic_decline", "do_not_honor", "call_issuer", "no_action_taken", "approve_with_id",
			"authentication_required", "authentication_not_handled", "mobile_device_authentication_required",
			"payment_intent_authentication_failure",
			"card_not_supported", "currency_not_supported", "not_permitted", "service_not_allowed", "transaction_not_allowed",
			"card_velocity_exceeded", "withdrawal_count_limit_exceeded", "card_decline_rate_limit_exceeded",
			"duplicate_transaction", "invalid_amount",
			"expired_card", "incorrect_address", "incorrect_cvc", "incorrect_number", "incorrect_pin", "incorrect_zip",
			"invalid_account", "invalid_cvc", "invalid_expiry_month", "invalid_expiry_year", "invalid_number", "invalid_pin",
			"new_account_information_available", "offline_pin_required", "online_or_offline_pin_required", "pin_try_exceeded",
			"testmode_decline",
			"amount_too_small", "amount_too_large", "amount_not_chargeable",
			"payment_method_currency_mismatch", "payment_method_unexpected_state", "resource_missing",
			"invalid_token", "no_token",
		},
		{VerdictStop, ReasonCardDeclined}: {
			"lost_card", "stolen_card", "pickup_card", "restricted_card", "fraudulent", "merchant_blacklist",
			"security_violation", "do_not_try_again", "stop_payment_order",
			"revocation_of_authorization", "revocation_of_all_authorizations",
		},
	} {
		for _, code := range codes {
			all[code] = d
		}
	}
	return all
}()
