package knative

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT0.2S": 200 * time.Millisecond, "PT0.29S": 290 * time.Millisecond, "PT30S": 30 * time.Second, "PT1M30S": 90 * time.Second,
		"PT2H": 2 * time.Hour, "P1D": 24 * time.Hour, "P1DT1S": 24*time.Hour + time.Second, "PT0S": 0,
	} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s is %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "1S", "PT1", "-PT1S", "PT-1S", "P1Y", "P1M", "P1W", "200ms", "PT1S ", "pt1s", "PT1,5S", "PT9999999999S"} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

// TestPolicy_Ends holds the bound that the design sets for all tries together.
func TestPolicy_Ends(t *testing.T) {
	for _, c := range classes {
		if got := c.longest(Policy); got >= 30*time.Minute {
			t.Errorf("on %s an event may be on its way for %v", c.name, got)
		}
	}
	if got, want := rabbit.longest(Policy), 6*time.Minute+12*time.Second; got != want {
		t.Errorf("it is %v, and the comment of Policy has %v", got, want)
	}
	if Policy.Timeout <= 20*time.Second {
		t.Errorf("a delivery takes at most %v, and a function's own deadline is 20 s", Policy.Timeout)
	}
}
