//go:build unix

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// server is one of the three, and the line by which it is reached.
type server struct {
	*process
	line *proxy
}

// ports are free ones, for servers that are started anew at the same place.
func ports(n int) ([]int, error) {
	var all []int
	var held []net.Listener
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		held = append(held, l)
		all = append(all, l.Addr().(*net.TCPAddr).Port)
	}
	var err error
	for _, l := range held {
		err = errors.Join(err, l.Close())
	}
	return all, err
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// answers asks what listens at a port, by words to which an answer begins in
// a certain way.
func answers(port int, ask []byte, begins string) func(context.Context) error {
	return func(ctx context.Context) error {
		return until(ctx, 200*time.Millisecond, func(ctx context.Context) error {
			c, err := (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "tcp", loopback(port))
			if err != nil {
				return err
			}
			defer c.Close() // what was asked is answered, or not
			got := make([]byte, len(begins))
			err = errors.Join(c.SetDeadline(time.Now().Add(3*time.Second)), second(c.Write(ask)), second(io.ReadFull(c, got)))
			if err == nil && string(got) != begins {
				err = fmt.Errorf("it says %q", got)
			}
			return err
		})
	}
}

func second(_ int, err error) error { return err }

// inside makes the folder of a server.
func inside(dir, name string) (string, error) {
	d := filepath.Join(dir, name)
	return d, os.MkdirAll(filepath.Join(d, "data"), 0o700)
}

func newRedis(dir string, port int) (*process, error) {
	d, err := inside(dir, "redis")
	return &process{
		name: "redis", log: filepath.Join(d, "redis.log"), ready: answers(port, []byte("PING\r\n"), "+PONG"),
		make: func() *exec.Cmd {
			return exec.Command("redis-server", "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", filepath.Join(d, "data"),
				"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", "")
		},
	}, err
}

// rabbit is RabbitMQ's way to be told things.
type rabbit struct {
	home string // where Debian puts it
	dir  string // its own
	vars []string
}

// erlang has what waits in a delay queue tried again ten seconds after its way
// out was full, or was not there yet because the server was just starting. Three
// minutes is RabbitMQ's own time.
const erlang = "-rabbit dead_letter_worker_publisher_confirm_timeout 10000"

func newRabbit(dir string, port, distribution, mapper int) (*process, *process, rabbit, error) {
	d, err := inside(dir, "rabbitmq")
	homes, globbed := filepath.Glob("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin")
	if err = errors.Join(err, globbed); err == nil && len(homes) == 0 {
		err = errors.New("there is no RabbitMQ: run make brokers once")
	}
	if err != nil {
		return nil, nil, rabbit{}, err
	}
	r := rabbit{slices.Max(homes), d, []string{
		"HOME=" + d, "RABBITMQ_NODENAME=chaos-" + strconv.Itoa(port) + "@localhost",
		"RABBITMQ_NODE_IP_ADDRESS=127.0.0.1", "RABBITMQ_NODE_PORT=" + strconv.Itoa(port), "RABBITMQ_DIST_PORT=" + strconv.Itoa(distribution),
		"ERL_EPMD_ADDRESS=127.0.0.1", "ERL_EPMD_PORT=" + strconv.Itoa(mapper),
		"RABBITMQ_MNESIA_BASE=" + filepath.Join(d, "data"), "RABBITMQ_LOG_BASE=" + d, "RABBITMQ_ALLOW_INPUT=true",
		"RABBITMQ_CONFIG_FILE=" + filepath.Join(d, "none"), "RABBITMQ_CONF_ENV_FILE=" + filepath.Join(d, "none"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + filepath.Join(d, "plugins"), "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=" + erlang,
	}}
	epmd := &process{
		name: "epmd", log: filepath.Join(d, "epmd.log"),
		ready: answers(mapper, []byte{0, 1, 'n'}, string(binary.BigEndian.AppendUint32(nil, uint32(mapper)))),
		make:  func() *exec.Cmd { return exec.Command("epmd", "-address", "127.0.0.1", "-port", strconv.Itoa(mapper)) },
	}
	node := &process{
		name: "rabbitmq", log: filepath.Join(d, "out.log"), ready: answers(port, []byte("AMQP\x00\x00\x09\x01"), "\x01\x00\x00"),
		make: func() *exec.Cmd { return r.program(context.Background(), "rabbitmq-server", "-noinput") },
	}
	return epmd, node, r, os.WriteFile(filepath.Join(d, "plugins"), []byte("[].\n"), 0o600)
}

func (r rabbit) program(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(r.home, name), args...)
	cmd.Dir = r.dir // where it writes what it thinks of a signal
	cmd.Env = append(cmd.Environ(), r.vars...)
	return cmd
}

const kafkaProperties = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:%[2]d
listeners=PLAINTEXT://127.0.0.1:%[1]d,CONTROLLER://127.0.0.1:%[2]d
advertised.listeners=PLAINTEXT://%[3]s
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=data
auto.create.topics.enable=false
num.partitions=6
offsets.topic.num.partitions=8
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`

// newKafka is Kafka, which sends who asks it to the advertised address: the
// line.
func newKafka(ctx context.Context, dir, jars string, port, controller int, advertised string) (*process, error) {
	d, err := inside(dir, "kafka")
	file := filepath.Join(d, "server.properties")
	if err = errors.Join(err, os.WriteFile(file, fmt.Appendf(nil, kafkaProperties, port, controller, advertised), 0o600)); err != nil {
		return nil, err
	}
	java := func(ctx context.Context, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "java", append([]string{"-Xms128m", "-Xmx512m", "-cp", filepath.Join(jars, "*")}, args...)...)
		cmd.Dir = d
		return cmd
	}
	if said, err := java(ctx, "kafka.tools.StorageTool", "format", "--cluster-id=MkU3OEVBNTcwNTJENDM2Qk", "--config", file).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("format Kafka's folder: %w\n%s", err, said)
	}
	// ApiVersions: what it is asked first, and answers once it takes requests.
	ask := []byte{0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0, 0}
	ready := answers(port, ask, "\x00\x00")
	return &process{
		name: "kafka", log: filepath.Join(d, "out.log"), ready: ready,
		make: func() *exec.Cmd { return java(context.Background(), "kafka.Kafka", file) },
	}, nil
}

// findJars is the folder of Kafka's jars: the one that is named, or where
// `make brokers` puts them.
func findJars(named string) (string, error) {
	if named != "" {
		return named, nil
	}
	found, err := filepath.Glob(".brokers/jars-*")
	if err == nil && len(found) == 0 {
		err = errors.New("there is no Kafka: run make brokers once, or name the folder of its jars by -jars")
	}
	if err != nil {
		return "", err
	}
	return filepath.Abs(found[len(found)-1])
}
