package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"tourbillon/functions/request"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

// config is every setting, read once.
type config struct {
	Target  string   // FUNCTION_TARGET: the one function to be; empty: the whole system
	Port    int      // PORT: where the function listens
	Sink    *url.URL // K_SINK: where a source publishes to
	Request request.Settings
}

// environment is where the settings come from: read once, here.
var environment = os.Getenv

// hold is how long a booking's seats are held, from request to confirmation.
const hold = 15 * time.Minute

// read reads the settings, and says all that is wrong with them at once.
func read(env func(string) string) (config, error) {
	c := config{Target: env("FUNCTION_TARGET")}
	var wrong []error
	port, err := strconv.Atoi(cmp.Or(env("PORT"), "8080"))
	if err != nil || port < 0 || port > 65535 {
		wrong = append(wrong, fmt.Errorf("PORT is %q: set a port from 0 (any that is free) to 65535", env("PORT")))
	}
	c.Port = port
	if raw := env("K_SINK"); raw != "" {
		if c.Sink, err = url.Parse(raw); err != nil || c.Sink.Host == "" {
			wrong = append(wrong, errors.New("K_SINK is not a URL: set the broker's, such as http://localhost:8080/"))
		}
	}
	flow := booking.Flow(cmp.Or(env("SAGA_FLOW"), string(booking.Orchestration)))
	if flow != booking.Orchestration && flow != booking.Choreography {
		wrong = append(wrong, fmt.Errorf("SAGA_FLOW is %q: set orchestration or choreography", flow))
	}
	secret := []byte(env("TOURBILLON_SECRET"))
	if len(secret) == 0 {
		secret = []byte(rand.Text()) // records are in memory: they do not outlive it
	}
	c.Request = request.Settings{Secret: secret, Hold: hold, Flow: flow}
	wrong = append(wrong, saga.Shipped().Newest().Check(hold))
	return c, errors.Join(wrong...)
}
