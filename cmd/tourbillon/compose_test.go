package main

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// composed is docker-compose.yml, as far as it has to agree with anything.
type composed struct {
	Services map[string]composedService
	Volumes  map[string]any
}

type composedService struct {
	Image, Restart  string
	Build           string
	Command         []string
	Environment     map[string]string
	Ports, Volumes  []string
	MemLimit        string                                `yaml:"mem_limit"`
	StopGracePeriod string                                `yaml:"stop_grace_period"`
	DependsOn       map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck     struct{ Test []string }
}

// root is a file of the repository.
func root(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readComposed(t *testing.T) composed {
	t.Helper()
	var c composed
	if err := yaml.Unmarshal([]byte(root(t, "docker-compose.yml")), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Services) != 4 {
		t.Fatalf("got %d services, want RabbitMQ, Kafka, Redis and Tourbillon", len(c.Services))
	}
	return c
}

var variable = regexp.MustCompile(`\$\{([A-Z_]+)(:[-?])([^}]*)\}`)

// filled is a value as Compose fills it in where nothing is set but what must
// be, which is "secret".
func filled(value string) string {
	return variable.ReplaceAllStringFunc(value, func(v string) string {
		if m := variable.FindStringSubmatch(v); m[2] == ":-" {
			return m[3]
		}
		return "secret"
	})
}

// TestCompose_SettingsAreKnown holds every variable that our container is given
// against the settings that there are, with the values that it is given.
func TestCompose_SettingsAreKnown(t *testing.T) {
	given := readComposed(t).Services["tourbillon"].Environment
	known := map[string]bool{}
	for _, s := range slices.Concat(settings, serverSettings, settingsOfRelay) {
		known[s.name] = true
	}
	for name := range given {
		if !known[name] {
			t.Errorf("%s is no setting", name)
		}
	}
	c, err := read(func(name string) string { return filled(given[name]) })
	if err != nil {
		t.Fatal(err)
	}
	if c.Redis == "" || c.Rabbit == "" || len(c.Kafka) == 0 || c.Token == "" || len(c.Request.Secret) == 0 {
		t.Errorf("a server, the operators' token or the secret is missing: %+v", c.servers)
	}
}

// TestCompose_AddressesLead follows the addresses that we are given to what
// listens there.
func TestCompose_AddressesLead(t *testing.T) {
	c := readComposed(t)
	ours := c.Services["tourbillon"]
	kafka, rabbit := c.Services["kafka"].Environment, c.Services["rabbitmq"].Environment
	if !slices.Contains(strings.Split(kafka["KAFKA_ADVERTISED_LISTENERS"], ","), "INSIDE://"+ours.Environment["KAFKA_BROKERS"]) {
		t.Errorf("Kafka does not send clients on to %s: %s", ours.Environment["KAFKA_BROKERS"], kafka["KAFKA_ADVERTISED_LISTENERS"])
	}
	_, port, _ := strings.Cut(ours.Environment["KAFKA_BROKERS"], ":")
	if !slices.Contains(strings.Split(kafka["KAFKA_LISTENERS"], ","), "INSIDE://:"+port) {
		t.Errorf("Kafka does not listen at %s: %s", port, kafka["KAFKA_LISTENERS"])
	}
	u, err := url.Parse(filled(ours.Environment["RABBITMQ_URL"]))
	if err != nil || u.Host != "rabbitmq:5672" {
		t.Fatalf("RABBITMQ_URL leads to %s, %v", u.Host, err)
	}
	if password, _ := u.User.Password(); u.User.Username() != rabbit["RABBITMQ_DEFAULT_USER"] || password != filled(rabbit["RABBITMQ_DEFAULT_PASS"]) {
		t.Errorf("RABBITMQ_URL has another user than RabbitMQ: %s", u.User.Username())
	}
	if got := ours.Environment["REDIS_URL"]; got != "redis://redis:6379" {
		t.Errorf("REDIS_URL leads to %s", got)
	}
	for _, name := range []string{"rabbitmq", "kafka", "redis"} {
		if got := ours.DependsOn[name].Condition; got != "service_healthy" {
			t.Errorf("we start without %s being well: %q", name, got)
		}
	}
}

// TestCompose_IsCareful is what every container has.
func TestCompose_IsCareful(t *testing.T) {
	c := readComposed(t)
	pinned := regexp.MustCompile(`^[a-z/]+:\d+\.\d+\.\d+(-[a-z]+)?$`)
	for name, s := range c.Services {
		if s.MemLimit == "" || s.Restart == "" || s.StopGracePeriod == "" || len(s.Healthcheck.Test) == 0 {
			t.Errorf("%s has no bound to its memory, no rule for restarts, no time to stop, or no health: %+v", name, s)
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s is open to the network at %s", name, p)
			}
		}
		for key, value := range s.Environment {
			secret := strings.Contains(key, "PASS") || strings.Contains(key, "TOKEN") || strings.Contains(key, "SECRET")
			if m := variable.FindStringSubmatch(value); secret && (m == nil || m[2] != ":?") {
				t.Errorf("%s: %s is written down, or has a default: %s", name, key, value)
			}
		}
		if s.Build != "" {
			continue
		}
		if !pinned.MatchString(s.Image) {
			t.Errorf("%s has no version of three numbers: %s", name, s.Image)
		}
		volume, _, _ := strings.Cut(strings.Join(s.Volumes, " "), ":")
		if _, there := c.Volumes[volume]; !there {
			t.Errorf("%s keeps its data in no volume of the file: %q", name, s.Volumes)
		}
	}
	for _, m := range variable.FindAllStringSubmatch(root(t, "docker-compose.yml"), -1) {
		if m[2] == ":?" && !strings.Contains(root(t, "Makefile"), " "+m[1]) {
			t.Errorf("%s must be set, and make up does not put it into .env", m[1])
		}
	}
}

// TestCompose_ServersAreThoseOfMakeBrokers holds the servers' settings against
// those of make brokers.
func TestCompose_ServersAreThoseOfMakeBrokers(t *testing.T) {
	const tool = "internal/tools/brokers/"
	c := readComposed(t)
	version := regexp.MustCompile(`<kafka\.version>(.+)</kafka\.version>`).FindStringSubmatch(root(t, tool+"pom.xml"))
	if len(version) != 2 || c.Services["kafka"].Image != "apache/kafka:"+version[1] {
		t.Errorf("Kafka is %s, and %v there", c.Services["kafka"].Image, version)
	}
	flags := strings.Join(c.Services["redis"].Command, " ") + " "
	for _, line := range lines(root(t, tool+"conf/redis.conf")) {
		key, value, _ := strings.Cut(line, " ")
		if slices.Contains([]string{"appendonly", "appendfsync", "maxmemory-policy", "save"}, key) &&
			!strings.Contains(flags, "--"+key+" "+strings.Trim(value, `"`)+" ") {
			t.Errorf("Redis has not %q: %s", line, flags)
		}
	}
	kafka := c.Services["kafka"].Environment
	for _, line := range lines(root(t, tool+"conf/server.properties")) {
		key, value, _ := strings.Cut(line, "=")
		name := "KAFKA_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
		elsewhere := strings.Contains(line, "CONTROLLER") || strings.Contains(line, "127.0.0.1") ||
			slices.Contains([]string{"log.dirs", "inter.broker.listener.name"}, key)
		if got := kafka[name]; got == "" || !elsewhere && got != value {
			t.Errorf("%s is %q, and there %s", name, got, line)
		}
	}
	rabbit := c.Services["rabbitmq"].Environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]
	limit := regexp.MustCompile(`disk_free_limit\.absolute = (\d+)MB`).FindStringSubmatch(root(t, tool+"conf/rabbitmq.conf"))
	if len(limit) != 2 || !strings.Contains(rabbit, "disk_free_limit "+limit[1]+"000000 ") {
		t.Errorf("RabbitMQ has %q, and there %v", rabbit, limit)
	}
}

// lines are those of a configuration, without comments.
func lines(text string) []string {
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(text), "\n"), func(l string) bool {
		return l == "" || strings.HasPrefix(l, "#")
	})
}
