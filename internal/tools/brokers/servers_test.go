package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// redisSaves are the lines by which Redis loses nothing; docker-compose.yml has
// them too.
var redisSaves = []string{"appendonly yes", "appendfsync always", "maxmemory-policy noeviction"}

func TestSettle(t *testing.T) {
	for name, want := range map[string][]string{
		"redis.conf":        append(slices.Clone(redisSaves), "bind 127.0.0.1", "port 7001", `save ""`),
		"rabbitmq.conf":     {"listeners.tcp.1 = 127.0.0.1:7001", "disk_free_limit.absolute = 500MB"},
		"server.properties": {"listeners=PLAINTEXT://127.0.0.1:7001,CONTROLLER://127.0.0.1:7002", "auto.create.topics.enable=false", "group.initial.rebalance.delay.ms=0"},
		"log4j.properties":  {"log4j.appender.file.File=kafka.log"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := settle(dir, map[string]any{name: map[string]int{"Port": 7001, "Controller": 7002}}); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(text), "\n")
			for _, line := range want {
				if !slices.Contains(lines, line) {
					t.Errorf("no line %q in\n%s", line, text)
				}
			}
			if !exists(filepath.Join(dir, "data")) {
				t.Error("there is no folder for data")
			}
		})
	}
	if err := settle(t.TempDir(), map[string]any{"none.conf": nil}); err == nil {
		t.Error("a file that there is not is written")
	}
}

func TestRabbitVars_KeepWithinTheFolder(t *testing.T) {
	for _, v := range rabbitVars("/yard/rabbitmq", 5672) {
		name, value, _ := strings.Cut(v, "=")
		path := strings.HasSuffix(name, "_BASE") || strings.HasSuffix(name, "_FILE") || name == "HOME"
		if path && !strings.HasPrefix(value, "/yard/rabbitmq") {
			t.Errorf("%s is outside: %s", name, value)
		}
		if strings.HasSuffix(name, "ADDRESS") && value != "127.0.0.1" {
			t.Errorf("%s is not loopback: %s", name, value)
		}
	}
}

func TestQuote(t *testing.T) {
	dir := filepath.Join(t.TempDir(), `it's $HOME "here"`)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	if err := script(path, "echo "+quote(dir)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := loud(t.Context(), &out, path); err != nil || out.String() != dir+"\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func TestClusterID(t *testing.T) {
	a, b := clusterID(), clusterID()
	if len(a) != 22 || a == b {
		t.Errorf("got %q and %q: Kafka wants 22 characters, others each time", a, b)
	}
}

func TestKafkaVersion(t *testing.T) {
	if v := kafkaVersion(); !strings.HasPrefix(v, "3.9.") {
		t.Errorf("the pom's Kafka is %s; segmentio/kafka-go is held against 3.9", v)
	}
}
