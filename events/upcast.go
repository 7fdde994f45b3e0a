package events

// upcasters bring data of one version to the next. Each is a pure function of
// the decoded JSON; its example is in testdata/published.
var upcasters = map[nameVersion]func(map[string]any) map[string]any{
	{BookingRequest, 1}: bookingRequestV1,
}

// bookingRequestV1 gathers the flat fields of version 1 into customer and
// payment.
func bookingRequestV1(old map[string]any) map[string]any {
	customer := map[string]any{}
	move(customer, "name", old, "customerName")
	move(customer, "email", old, "customerEmail")
	move(customer, "phone", old, "customerPhone")
	move(customer, "locale", old, "locale")
	payment := map[string]any{}
	move(payment, "token", old, "paymentToken")
	now := map[string]any{"customer": customer, "payment": payment}
	for _, same := range []string{"departureId", "seats", "flow"} {
		move(now, same, old, same)
	}
	return now
}

func move(to map[string]any, key string, from map[string]any, old string) {
	if v, ok := from[old]; ok {
		to[key] = v
	}
}
