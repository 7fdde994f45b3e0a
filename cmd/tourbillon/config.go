package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"tourbillon/functions/request"
	"tourbillon/internal/booking"
	"tourbillon/internal/breaker"
	"tourbillon/internal/words"
	"tourbillon/saga"
)

// config is every setting, read once.
type config struct {
	Target  string        // the one function to be; empty: the command line
	Child   bool          // that function is a process of `up -isolate`
	Isolate bool          // run each Service as a process of its own; a flag
	Window  time.Duration // for which such a process stays with nothing to do, at most; 0: as its manifest says; a flag
	Strict  bool          // say of every event that is lost as it would be on a cluster; a flag
	Port    int           // where the function listens
	Sink    *url.URL      // where a source publishes to
	Log     slog.Level
	Token   string   // the operators'
	Trust   bool     // whether who comes from loopback is an operator
	URL     string   // the running system that the command line speaks to
	Public  *url.URL // where customers and providers reach the door; nil: where they say that they do
	User    string   // whose wishes those of the command line are
	Request request.Settings
	Breaker breaker.Settings
	Sandbox string       // URL of a payment sandbox that runs elsewhere; empty: here
	Mailbox string       // URL of a mailbox that runs elsewhere; empty: here
	Words   *words.Words // an operator's own; nil: the embedded ones
	alongside
	servers
	outside
	posting
	relaySettings

	shown []shown
	given map[string]string // what is set, as it is, of all but what a function is told by who runs it
}

// environment is where the settings come from: read once, here.
var environment = os.Getenv

// hold is how long a booking's seats are held, from request to confirmation.
const hold = 15 * time.Minute

// ownAddress is where a system is reached that was told nothing else.
const ownAddress = "http://127.0.0.1:8080"

// setting is one variable of the environment: what it means, what it is where
// it is not set, and how it is taken over.
type setting struct {
	name, or, means string
	secret          bool
	take            func(c *config, value string) error
}

var settings = []setting{
	{name: "FUNCTION_TARGET", means: "the one function to be; unset: the command line",
		take: func(c *config, v string) error { c.Target = v; return nil }},
	{name: "PORT", or: "8080", means: "where that function listens; 0 is any free port",
		take: func(c *config, v string) error { return c.port(v) }},
	{name: "TOURBILLON_CHILD", or: "false", means: "set by up -isolate for its own: that function listens on a socket it is handed, and ends with its standard input",
		take: func(c *config, v string) error { return truth(&c.Child, v) }},
	{name: "K_SINK", means: "where a function that publishes posts its events",
		take: func(c *config, v string) error { return c.sink(v) }},
	{name: "SAGA_FLOW", or: string(booking.Orchestration), means: "the flow of requests that name none",
		take: func(c *config, v string) error { return c.flow(v) }},
	{name: "REDIS_TTL", or: "86400", means: "seconds for which an Idempotency-Key is good",
		take: func(c *config, v string) error { return c.ttl(v) }},
	{name: "TOURBILLON_SECRET", means: "keys booking and customer ids; unset: made once and kept with the records", secret: true,
		take: func(c *config, v string) error { c.Request.Secret = []byte(v); return nil }},
	{name: "TOURBILLON_OPERATOR_TOKEN", means: "lets operators in, wherever they come from", secret: true,
		take: func(c *config, v string) error { c.Token = v; return nil }},
	{name: "TOURBILLON_TRUST_LOOPBACK", or: "true", means: "whether who comes from loopback is an operator; set false behind a proxy",
		take: func(c *config, v string) error { return truth(&c.Trust, v) }},
	{name: "TOURBILLON_URL", or: ownAddress, means: "the running system that the command line speaks to",
		take: func(c *config, v string) error { return c.address(v) }},
	{name: "TOURBILLON_PUBLIC_URL", means: "where customers and providers reach the door, such as https://book.example.com; unset: where they say that they do, and for mails where `up` listens",
		take: func(c *config, v string) error { return c.public(v) }},
	{name: "TOURBILLON_BREAKER_FAILURES", or: "5", means: "calls in a row, over a second, that a store or provider leaves unanswered before it is left alone",
		take: func(c *config, v string) error { return c.failures(v) }},
	{name: "TOURBILLON_BREAKER_OPEN", or: "5s", means: "for how long it is left alone, before it is tried again",
		take: func(c *config, v string) error { return c.leftAlone(v) }},
	{name: "TOURBILLON_SANDBOX_URL", means: "a payment sandbox that runs elsewhere, by tourbillon sandbox; unset: here",
		take: func(c *config, v string) error { return elsewhere(&c.Sandbox, v) }},
	{name: "TOURBILLON_MAILBOX_URL", means: "a mailbox that runs elsewhere, by tourbillon sandbox; unset: here",
		take: func(c *config, v string) error { return elsewhere(&c.Mailbox, v) }},
	{name: "TOURBILLON_TEMPLATES", means: "a folder of files that stand over the embedded templates of messages: see tourbillon notify ls; unset: the embedded ones",
		take: func(c *config, v string) error { return c.templates(v) }},
	{name: "USER", means: "who is named by what an operator leaves: see -as",
		take: func(c *config, v string) error { c.User = v; return nil }},
	{name: "TOURBILLON_LOG", or: "info", means: "what is logged: debug (every delivery), info (those that say something), warn or error",
		take: func(c *config, v string) error { return c.log(v) }},
}

// own are the variables that are each process's own.
var own = []string{"FUNCTION_TARGET", "PORT", "TOURBILLON_CHILD", "K_SINK", "USER"}

// read reads the settings, and says all that is wrong with them at once.
func read(env func(string) string) (config, error) {
	c := config{Request: request.Settings{Hold: hold}, given: map[string]string{}}
	var wrong []error
	for _, s := range slices.Concat(settings, serverSettings, accessSettings, outsideSettings, postSettings, settingsOfRelay) {
		value, from := env(s.name), "set"
		if value == "" {
			value, from = s.or, "default"
		} else if !slices.Contains(own, s.name) {
			c.given[s.name] = value
		}
		if err := s.take(&c, value); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", s.name, err))
		}
		c.shown = append(c.shown, s.show(value, from))
	}
	wrong = append(wrong, c.accessErrors()...)
	wrong = append(wrong, c.outsideErrors()...)
	wrong = append(wrong, c.postErrors()...)
	wrong = append(wrong, saga.Shipped().Newest().Check(hold))
	return c, errors.Join(wrong...)
}

func (c *config) port(v string) (err error) {
	if c.Port, err = strconv.Atoi(v); err != nil || c.Port < 0 || c.Port > 65535 {
		return fmt.Errorf("%q is no port: set 0 (any that is free) to 65535", v)
	}
	return nil
}

func (c *config) sink(v string) (err error) {
	if v == "" {
		return nil
	}
	if c.Sink, err = url.Parse(v); err != nil || c.Sink.Host == "" || c.Sink.Scheme != "http" && c.Sink.Scheme != "https" {
		return errors.New("not a URL: set the broker's, such as http://localhost:8080/broker/bookings")
	}
	return nil
}

func (c *config) flow(v string) error {
	c.Request.Flow = booking.Flow(v)
	if c.Request.Flow != booking.Orchestration && c.Request.Flow != booking.Choreography {
		return fmt.Errorf("%q is no flow: set orchestration or choreography", v)
	}
	return nil
}

// maxTTL is a year, in seconds.
const maxTTL = 366 * 24 * 3600

func (c *config) ttl(v string) error {
	seconds, err := strconv.Atoi(v)
	if err != nil || seconds < 1 || seconds > maxTTL {
		return fmt.Errorf("%q is no number of seconds up to a year: set 86400 for a day", v)
	}
	c.Request.KeyTTL = time.Duration(seconds) * time.Second
	return nil
}

func (c *config) failures(v string) (err error) {
	if c.Breaker.Failures, err = strconv.Atoi(v); err != nil || c.Breaker.Failures < 1 || c.Breaker.Failures > 1000 {
		return fmt.Errorf("%q is no number from 1 to 1000: set 5", v)
	}
	return nil
}

func (c *config) leftAlone(v string) (err error) {
	if c.Breaker.Open, err = time.ParseDuration(v); err != nil || c.Breaker.Open < 100*time.Millisecond || c.Breaker.Open > 5*time.Minute {
		return fmt.Errorf("%q is no time from 100ms to 5m: set 5s", v)
	}
	return nil
}

func (c *config) address(v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("not a URL: set one such as http://127.0.0.1:8080")
	}
	c.URL = v
	return nil
}

func (c *config) public(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(strings.TrimRight(v, "/") + "/")
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
		return errors.New("not a URL: set one such as https://book.example.com")
	}
	c.Public = u
	return nil
}

func (c *config) log(v string) error {
	if err := c.Log.UnmarshalText([]byte(v)); err != nil {
		return fmt.Errorf("%q is no level: set debug, info, warn or error", v)
	}
	return nil
}

// shown is a setting as a person may see it.
type shown struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"` // set or default
	Means string `json:"means"`
}

func (s setting) show(value, from string) shown {
	switch {
	case s.secret && value != "":
		value = "(hidden)"
	case strings.HasPrefix(strings.TrimSpace(value), beginsPEM):
		value = "(PEM)"
	}
	if u, err := url.Parse(value); err == nil && (u.User != nil || u.RawQuery != "") {
		u.RawQuery = ""
		value = u.Redacted()
	}
	return shown{s.name, value, from, s.means}
}
