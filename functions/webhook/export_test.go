package webhook

// TwilioText is what Twilio signs.
var TwilioText = twilioText

// KindSeen is the record of what was seen, and Buckets how many there are.
const (
	KindSeen = kindSeen
	Buckets  = buckets
)
