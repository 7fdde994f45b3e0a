//go:build integration

package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestAsk_RealServers asks the servers that the integration tests are to use.
func TestAsk_RealServers(t *testing.T) {
	args := []string{"ask"}
	for flag, name := range map[string]string{
		"-redis": "TOURBILLON_TEST_REDIS", "-rabbitmq": "TOURBILLON_TEST_RABBITMQ", "-kafka": "TOURBILLON_TEST_KAFKA",
	} {
		where := os.Getenv(name)
		if where == "" {
			t.Fatalf("%s is not set: run make brokers, then make integration", name)
		}
		args = append(args, flag, where)
	}
	var said bytes.Buffer
	if err := run(t.Context(), args, nil, &said); err != nil || !strings.Contains(said.String(), "answer at") {
		t.Errorf("got %v, %q", err, said.String())
	}
	t.Run("and not each other", func(t *testing.T) {
		err := run(t.Context(), []string{"ask", "-redis", "redis://" + os.Getenv("TOURBILLON_TEST_KAFKA")}, nil, &said)
		if err == nil || !strings.Contains(err.Error(), "Redis at redis://"+os.Getenv("TOURBILLON_TEST_KAFKA")) {
			t.Errorf("Kafka is taken for Redis: %v", err)
		}
	})
}
