package booking_test

import (
	"testing"

	"tourbillon/internal/booking"
)

func TestDeclined(t *testing.T) {
	for code, want := range map[string]struct {
		verdict booking.Verdict
		why     booking.Reason
	}{
		"processing_error":                      {booking.VerdictRetry, booking.ReasonCardDeclined},
		"try_again_later":                       {booking.VerdictRetry, booking.ReasonCardDeclined},
		"issuer_not_available":                  {booking.VerdictRetry, booking.ReasonCardDeclined},
		"reenter_transaction":                   {booking.VerdictRetry, booking.ReasonCardDeclined},
		"insufficient_funds":                    {booking.VerdictOtherCard, booking.ReasonInsufficientFunds},
		"generic_decline":                       {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"do_not_honor":                          {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"expired_card":                          {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"incorrect_cvc":                         {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"authentication_required":               {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"payment_intent_authentication_failure": {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"amount_not_chargeable":                 {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"invalid_token":                         {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"a code of next year":                   {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"":                                      {booking.VerdictOtherCard, booking.ReasonCardDeclined},
		"lost_card":                             {booking.VerdictStop, booking.ReasonCardDeclined},
		"stolen_card":                           {booking.VerdictStop, booking.ReasonCardDeclined},
		"fraudulent":                            {booking.VerdictStop, booking.ReasonCardDeclined},
		"pickup_card":                           {booking.VerdictStop, booking.ReasonCardDeclined},
		"do_not_try_again":                      {booking.VerdictStop, booking.ReasonCardDeclined},
		"revocation_of_authorization":           {booking.VerdictStop, booking.ReasonCardDeclined},
		"revocation_of_all_authorizations":      {booking.VerdictStop, booking.ReasonCardDeclined},
	} {
		t.Run("the code "+code, func(t *testing.T) {
			if verdict, why := booking.Declined(code); verdict != want.verdict || why != want.why {
				t.Errorf("%s, %s, want %+v", verdict, why, want)
			}
		})
	}
}
