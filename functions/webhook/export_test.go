package webhook

// TwilioText is what Twilio signs.
var TwilioText = twilioText

// KindSeen is the record of what was seen, and Buckets how many there are.
const (
	KindSeen = kindSeen
	Buckets  = buckets
)

// Providers are the names of those who may post, which end their paths.
func Providers() (names []string) {
	for _, p := range providers {
		names = append(names, p.name)
	}
	return names
}

// Outcomes are all that Count may be told.
func Outcomes() []string {
	return []string{Published, Confirmed, Duplicate, Ignored, Foreign, Malformed, Forged, Stale, TooLarge, NotSetUp, Failed}
}
