package events

func command(n Name, to, record, asks string, answers ...Name) Spec {
	return Spec{Name: n, Kind: Command, Version: 1, To: to, Record: record, Says: asks, Answers: answers}
}

func fact(n Name, record, says string) Spec {
	return Spec{Name: n, Kind: Fact, Version: 1, Record: record, Says: says}
}

func (s Spec) step() Spec { s.Step = true; return s }

func (s Spec) ending() Spec { s.Step, s.Aside = true, true; return s }

func (s Spec) version(v int) Spec { s.Version = v; return s }

// vocabulary is the whole of section "Vocabulary" of docs/events.md, which is
// generated from it.
var vocabulary = []Spec{
	command(BookingRequest, "request", "intake", "take a booking's request in", BookingRequested).version(2),
	command(SpotsReserve, "reserve", "departure", "hold seats", SpotsReserved, SpotsRejected),
	command(BookingCreate, "book", "booking", "make the booking", BookingCreated),
	command(PaymentCharge, "charge", "payment", "take the money", PaymentInitiated, PaymentSucceeded, PaymentFailed),
	command(PaymentSettle, "charge", "payment", "look at the provider, say what is true, give back what must be",
		PaymentInitiated, PaymentSucceeded, PaymentFailed, PaymentRefunded, PaymentVoided, PaymentRefundFailed, PaymentDisputed),
	command(BookingConfirm, "book", "booking", "confirm: the pivot", BookingConfirmed),
	command(SpotsSell, "reserve", "departure", "sell the held seats", SpotsSold),
	command(BookingCancel, "saga", "saga", "a person's wish, or a cancelled departure's", BookingClose),
	command(BookingClose, "compensate", "booking", "close the booking",
		BookingRejected, BookingExpired, BookingCancelled, BookingConfirmed, BookingCloseRefused),
	command(PaymentRefund, "compensate", "payment", "void, refund or nothing, as the provider says",
		PaymentRefunded, PaymentVoided, PaymentRefundFailed),
	command(SpotsRelease, "compensate", "departure", "give the seats back", SpotsReleased),
	command(BookingComplete, "book", "booking", "the tour was taken", BookingCompleted),
	command(Announce, "announce", "", "tell the customer what happened: one notification.send per channel and recipient", Send),
	command(Send, "notify", "notification", "send one message", Sent, SendFailed, SendDeferred),
	command(SendWake, "notify", "notification", "send what was put off", Sent, SendFailed, SendDeferred),
	command(SagaWake, "saga", "saga", "a deadline has come: say the armed command", SagaStuck),
	command(ClockTick, "clock", "", "look for what is due", SagaWake, PaymentSettle, SendWake, FanoutNext),
	command(FanoutNext, "fanout", "", "publish the next page", BookingCancel, Announce, FanoutNext),
	command(TourCreate, "catalog", "tour", "make a tour", TourCreated, TourRefused),
	command(TourUpdate, "catalog", "tour", "change a tour", TourUpdated, TourRefused),
	command(DepartureOpen, "catalog", "departure", "put a departure on sale", DepartureOpened, DepartureRefused),
	command(DepartureChange, "catalog", "departure", "change a departure", DepartureChanged, DepartureRefused),
	command(DepartureClose, "catalog", "departure", "end the sale", DepartureClosed, DepartureCancelled, DepartureRefused),
	command(DepartureCancel, "catalog", "departure", "take a departure off", DepartureCancelled, DepartureRefused),

	fact(BookingRequested, "intake", "request").step(),
	fact(SpotsReserved, "departure", "reserve").step(),
	fact(SpotsRejected, "departure", "reserve").step(),
	fact(SpotsSold, "departure", "reserve").step(),
	fact(SpotsReleased, "departure", "compensate, reserve").step(),
	fact(BookingCreated, "booking", "book").step(),
	fact(BookingConfirmed, "booking", "book, compensate").step(),
	fact(BookingCompleted, "booking", "book").step(),
	fact(BookingRejected, "booking", "compensate, book").step(),
	fact(BookingExpired, "booking", "compensate, book").step(),
	fact(BookingCancelled, "booking", "compensate, book").step(),
	fact(BookingCloseRefused, "booking", "compensate").step(),
	fact(PaymentInitiated, "payment", "charge").step(),
	fact(PaymentSucceeded, "payment", "charge").step(),
	fact(PaymentFailed, "payment", "charge").step(),
	fact(PaymentRefunded, "payment", "compensate, charge").step(),
	fact(PaymentVoided, "payment", "compensate, charge").step(),
	fact(PaymentRefundFailed, "payment", "compensate, charge").step(),
	fact(PaymentDisputed, "payment", "charge"),
	fact(Sent, "notification", "notify").ending(),
	fact(SendFailed, "notification", "notify").ending(),
	fact(SendDeferred, "notification", "notify").ending(),
	fact(Delivered, "", "webhook"),
	fact(Bounced, "", "webhook"),
	fact(OptedOut, "", "webhook"),
	fact(OptedIn, "", "webhook"),
	fact(Suppressed, "customer", "customer"),
	fact(Restored, "customer", "customer, request"),
	fact(PreferencesChanged, "customer", "request"),
	fact(SagaCompleted, "saga", "saga"),
	fact(SagaCompensated, "saga", "saga"),
	fact(SagaStuck, "saga", "saga"),
	fact(OperatorIntervened, "operator", "operator"),
	fact(TourCreated, "tour", "catalog"),
	fact(TourUpdated, "tour", "catalog"),
	fact(TourRefused, "tour", "catalog"),
	fact(DepartureOpened, "departure", "catalog"),
	fact(DepartureChanged, "departure", "catalog"),
	fact(DepartureClosed, "departure", "catalog"),
	fact(DepartureCancelled, "departure", "catalog"),
	fact(DepartureRefused, "departure", "catalog"),
	fact(AvailabilityLow, "", "availability"),
	fact(SoldOut, "", "availability"),
	fact(AvailabilityBack, "", "availability"),
}
