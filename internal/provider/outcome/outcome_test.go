package outcome_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/provider/outcome/outcometest"
)

func TestTimeout_TwoFitIntoADelivery(t *testing.T) {
	if 2*outcome.Timeout >= 20*time.Second {
		t.Error(outcome.Timeout)
	}
	attempt, end := outcome.Begin(t.Context(), 0, nil)
	defer end()
	if until, ok := attempt.Context().Deadline(); !ok || time.Until(until) > outcome.Timeout {
		t.Errorf("%v, %v", until, ok)
	}
}

// post makes a request by a library that knows no context.
func post(c *http.Client, to string) (string, error) {
	resp, err := c.Post(to, "text/plain", strings.NewReader("hello"))
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body) // and forgets to close it
	return string(body), err
}

func TestAttempt(t *testing.T) {
	far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, r.Host, r.URL) // who is gone does not need it
	})
	base, err := url.Parse(far.URL + "/proxy")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("goes where it is told", func(t *testing.T) {
		attempt, end := outcome.Begin(t.Context(), 0, base)
		defer end()
		if got, err := post(attempt.Client(), "https://api.example.com/v1?a=b"); err != nil || got != base.Host+"/proxy/v1?a=b" || attempt.Status() != http.StatusCreated {
			t.Errorf("%s, %v, %d", got, err, attempt.Status())
		}
	})
	t.Run("is asked once, whatever a library does", func(t *testing.T) {
		attempt, end := outcome.Begin(t.Context(), 0, nil)
		defer end()
		before := far.Asked()
		_, err := post(attempt.Client(), far.URL)
		_, err2 := post(attempt.Client(), far.URL)
		if err != nil || err2 == nil || far.Asked() != before+1 {
			t.Errorf("%v, %v, %d requests", err, err2, far.Asked()-before)
		}
		if err := attempt.Failed("far", ""); outcomeKnown(err) {
			t.Errorf("%v", err)
		}
	})
	t.Run("ends with its context, which the library does not know", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		attempt, end := outcome.Begin(ctx, 0, nil)
		defer end()
		if _, err := post(attempt.Client(), far.URL); !errors.Is(err, context.Canceled) || !outcomeKnown(attempt.Failed("far", "")) {
			t.Errorf("%v, %v", err, attempt.Failed("far", ""))
		}
	})
	t.Run("a library that does not even ask has sent nothing", func(t *testing.T) {
		attempt, end := outcome.Begin(t.Context(), 0, nil)
		defer end()
		if err := attempt.Failed("far", ""); !outcomeKnown(err) || err.Error() != "far: not reached: it was not asked" {
			t.Error(err)
		}
	})
}

func outcomeKnown(err error) bool {
	no := new(outcome.NotSentError)
	return errors.As(err, &no)
}

func TestAfter(t *testing.T) {
	at := func(d time.Duration) time.Time { return time.Now().Add(d) }
	for says, c := range map[string]struct {
		headers []string
		want    time.Duration
		gone    time.Duration // of it, until it is told
	}{
		"nothing":                {nil, time.Second, 0},
		"seconds":                {[]string{"Retry-After", "7"}, 7 * time.Second, 0},
		"a date":                 {[]string{"Retry-After", at(time.Minute).UTC().Format(http.TimeFormat)}, time.Minute, 30 * time.Second},
		"a date that is past":    {[]string{"Retry-After", at(-time.Hour).UTC().Format(http.TimeFormat)}, time.Second, 0},
		"a reset":                {[]string{"X-RateLimit-Reset", fmt.Sprint(at(time.Minute).Unix())}, time.Minute, 30 * time.Second},
		"one in milliseconds":    {[]string{"X-RateLimit-Reset", fmt.Sprint(at(time.Minute).UnixMilli())}, time.Minute, 30 * time.Second},
		"one that is a while":    {[]string{"X-RateLimit-Reset", "30"}, 30 * time.Second, 0},
		"one that is past":       {[]string{"X-RateLimit-Reset", "1400000000"}, time.Second, 0},
		"longer than is obeyed":  {[]string{"Retry-After", "86400"}, 10 * time.Minute, 0},
		"longer than there is":   {[]string{"Retry-After", "1e300"}, 10 * time.Minute, 0},
		"less than nothing":      {[]string{"Retry-After", "-7"}, time.Second, 0},
		"what is no number":      {[]string{"Retry-After", "NaN"}, time.Second, 0},
		"both, and the first is": {[]string{"Retry-After", "7", "X-RateLimit-Reset", "30"}, 7 * time.Second, 0},
	} {
		t.Run(says, func(t *testing.T) {
			far := outcometest.Serve(t, outcometest.Answer(http.StatusTooManyRequests, "", c.headers...))
			attempt, end := outcome.Begin(t.Context(), 0, nil)
			defer end()
			if _, err := post(attempt.Client(), far.URL); err != nil {
				t.Fatal(err)
			}
			if no := outcometest.NotSent(t, attempt.Failed("far", "")); no.After > c.want || no.After < c.want-c.gone {
				t.Errorf("not before %v, want %v", no.After, c.want)
			}
		})
	}
}

func TestAfter_OneMessage(t *testing.T) {
	reset := []string{"X-RateLimit-Limit", "600", "X-RateLimit-Remaining", "599", "X-RateLimit-Reset", "60"}
	far := outcometest.Serve(t, outcometest.Answer(http.StatusBadRequest, "", reset...))
	attempt, end := outcome.Begin(t.Context(), 0, nil)
	defer end()
	if _, err := post(attempt.Client(), far.URL); err != nil {
		t.Fatal(err)
	}
	if no := outcometest.NotSent(t, attempt.Failed("far", "")); no.After != 0 {
		t.Errorf("a message that is wrong has its provider not asked for %v", no.After)
	}
}

func TestAddresses(t *testing.T) {
	for to, want := range map[string]bool{
		"ada@example.com": true, "a.da+tours@sub.example.com": true, "": false, "ada": false, "ada@": false, "<ada@example.com>": false,
		"Ada <ada@example.com>": false, "a@b.c,d@e.f": false, "a@b.c\nBcc: d@e.f": false, "a@b.c ": false,
	} {
		if outcome.IsMail(to) != want {
			t.Errorf("mail %q is %v", to, !want)
		}
	}
	for to, want := range map[string]bool{
		"+33612345678": true, "+15005550006": true, "": false, "0612345678": false, "+0612345678": false,
		"whatsapp:+33612345678": false, "+33 6 12": false, "+33612345678\n": false, "+1234567890123456": false,
	} {
		if outcome.IsNumber(to) != want {
			t.Errorf("number %q is %v", to, !want)
		}
	}
}
