package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

func env(pairs ...string) func(string) string {
	return func(key string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == key {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestRead(t *testing.T) {
	t.Run("all complaints come at once", func(t *testing.T) {
		_, err := read(env("PORT", "x", "SAGA_FLOW", "both", "K_SINK", "::", "TOURBILLON_BREAKER_FAILURES", "0", "TOURBILLON_BREAKER_OPEN", "5"))
		for _, setting := range []string{"PORT", "SAGA_FLOW", "K_SINK", "TOURBILLON_BREAKER_FAILURES", "TOURBILLON_BREAKER_OPEN"} {
			if err == nil || !strings.Contains(err.Error(), setting) {
				t.Errorf("nothing is said of %s: %v", setting, err)
			}
		}
	})
	t.Run("servers are taken as they are written, or refused", func(t *testing.T) {
		c, err := read(env("KAFKA_BROKERS", "a:9092, [::1]:9192", "REDIS_URL", "redis://:p@r:6379/2", "RABBITMQ_URL", "amqps://r/v"))
		if err != nil || len(c.Kafka) != 2 || c.Kafka[1] != "[::1]:9192" || c.Redis == "" || c.Rabbit == "" {
			t.Errorf("got %+v: %v", c.servers, err)
		}
		for name, value := range map[string]string{
			"KAFKA_BROKERS": "localhost", "REDIS_URL": "localhost:6379", "RABBITMQ_URL": "http://s3cret@localhost", "REDIS_PREFIX": "{a}",
			"RABBITMQ_EXCHANGE": "a b", "REDIS_WAITAOF": "maybe", "KAFKA_TOPIC_PREFIX": "/",
		} {
			if _, err := read(env(name, value)); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s=%s: got %v", name, value, err)
			}
		}
	})
}

// TestConfig_OddPasswords sets URLs whose password should have been encoded: what
// looks like a port, a path, an option or a fragment is part of it.
func TestConfig_OddPasswords(t *testing.T) {
	for _, set := range [][]string{
		{"REDIS_URL", "redis://:12/s3cret@h:6379"}, {"REDIS_URL", "redis://:12?s3cret@h"}, {"REDIS_URL", "redis://:s3cret/1@h"},
		{"RABBITMQ_URL", "amqp://u:12/s3cret@h:5672/"}, {"RABBITMQ_URL", "amqp://u:12#s3cret@h"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), env(set...), []string{"config"}, &out)
		if err == nil || !strings.Contains(err.Error(), set[0]) || strings.Contains(err.Error()+out.String(), "s3cret") {
			t.Errorf("%s: got %v: %s", set, err, &out)
		}
	}
	if _, err := read(env("REDIS_URL", "unix:///run/a@b.sock", "RABBITMQ_URL", "amqp://u:p%2F1@h/v@st")); err != nil {
		t.Error(err)
	}
}

// TestSecret holds that who restarts over the same records answers under the
// same ids.
func TestSecret(t *testing.T) {
	records := store.New(memory.New())
	first, err := secret(t.Context(), records, nil)
	again, err2 := secret(t.Context(), records, nil)
	other, err3 := secret(t.Context(), store.New(memory.New()), nil)
	set, err4 := secret(t.Context(), records, []byte("set"))
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	if len(first) < 16 || !bytes.Equal(first, again) || bytes.Equal(first, other) || string(set) != "set" {
		t.Errorf("got %q, %q, %q and %q", first, again, other, set)
	}
}

func TestHost(t *testing.T) {
	for says, pairs := range map[string][]string{
		"a function that there is not is refused, with those there are": {"FUNCTION_TARGET", "cook", "reserve"},
		"a source without a sink is refused":                            {"FUNCTION_TARGET", "clock", "K_SINK"},
	} {
		t.Run(says, func(t *testing.T) {
			c, err := read(env(pairs[:2]...))
			if err != nil {
				t.Fatal(err)
			}
			err = host(t.Context(), c, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), pairs[2]) {
				t.Errorf("got %v, want something of %s", err, pairs[2])
			}
		})
	}
}

func TestCommand_Refuses(t *testing.T) {
	for says, c := range map[string]struct {
		args []string
		want string
	}{
		"a verb that there is not":     {[]string{"saga", "lss"}, `no verb "lss"`},
		"a command that there is not":  {[]string{"boook"}, "boook"},
		"no customers at once":         {[]string{"bench", "-concurrency", "0"}, "set numbers from 1"},
		"seeds below one":              {[]string{"sim", "-seeds=-1"}, "set a number from 1"},
		"more declines than there are": {[]string{"bench", "--declines", "101"}, "set 0 to 100"},
		"a part that nobody measures":  {[]string{"bench", "realtime", "-only", "speed"}, "set some of memory"},
		"a way in that there is not":   {[]string{"bench", "realtime", "-transports", "pigeon"}, "set some of websocket"},
		"a slope with one end":         {[]string{"bench", "realtime", "-sockets", "10"}, "two of --sockets"},
		"a system that is at no URL":   {[]string{"saga", "ls", "--url", "localhost:1"}, "set one such as"},
		"a system that nobody runs":    {[]string{"saga", "ls", "--url", "http://127.0.0.1:1"}, "start the system"},
		"manifests that are not there": {[]string{"lint", "-f", "nowhere"}, "nowhere"},
		"a folder without a manifest":  {[]string{"lint", "-f", "testdata/node"}, "name a file or folder with -f"},
		"answers of nobody":            {[]string{"lint", "-replies", "a"}, "SERVICE=TYPE"},
		"an argument too many":         {[]string{"saga", "show", "a", "b"}, "write it as tourbillon saga show BOOKING"},
		"an argument too few":          {[]string{"dlq", "drop", "-yes"}, "write it as tourbillon dlq drop LETTER"},
		"a flag that there is not":     {[]string{"up", "--nope=1"}, "there is no flag --nope: see tourbillon up --help"},
		"one with one dash":            {[]string{"saga", "ls", "-nope"}, "there is no flag -nope: see tourbillon saga ls --help"},
	} {
		t.Run("it refuses "+says, func(t *testing.T) {
			var out bytes.Buffer
			if err := run(t.Context(), env(), c.args, &out); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something of %q", err, c.want)
			}
		})
	}
}

func TestConfig_HidesSecrets(t *testing.T) {
	set := env("TOURBILLON_SECRET", "s3cret", "TOURBILLON_OPERATOR_TOKEN", "t0ken", "K_SINK", "http://me:pa55@broker/x?key=k3y")
	for _, output := range []string{"text", "json"} {
		var out bytes.Buffer
		if err := run(t.Context(), set, []string{"config", "--output", output}, &out); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"s3cret", "t0ken", "pa55", "k3y"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%q is shown: %s", secret, &out)
			}
		}
	}
}

// TestTerminal_NotTheNullDevice has nobody to ask, as under cron.
func TestTerminal_NotTheNullDevice(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if terminal(null) {
		t.Error("the null device is asked")
	}
	if err := null.Close(); err != nil {
		t.Error(err)
	}
}

func TestCommand_TakesOneDash(t *testing.T) {
	root := command(config{URL: "http://127.0.0.1:1"}, nil, new(bytes.Buffer))
	got := dashes(root, []string{"up", "-demo=false", "-f", "dir", "-addr", "x", "--addr=y", "-bob", "--", "-addr"})
	want := "up --demo=false -f dir --addr x --addr=y -bob -- -addr"
	if strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
