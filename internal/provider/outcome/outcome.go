package outcome

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
)

// NotSentError is a message that a provider has not sent, for sure. After is
// how long it is not to be asked again, where that is known; else 0.
type NotSentError struct {
	Err   error
	After time.Duration
}

// Error is the cause's text.
func (e *NotSentError) Error() string { return e.Err.Error() }

// Unsent marks it as [record.Unsent].
func (*NotSentError) Unsent() {}

// Unwrap returns the cause.
func (e *NotSentError) Unwrap() error { return e.Err }

// IsMail reports whether to is one address of mail and nothing besides: no
// name, no list, no line.
func IsMail(to string) bool {
	a, err := mail.ParseAddress(to)
	return err == nil && a.Address == to && !strings.ContainsAny(to, "\r\n")
}

var numbers = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// IsNumber reports whether to is one telephone number, as E.164 has it.
func IsNumber(to string) bool { return numbers.MatchString(to) }
