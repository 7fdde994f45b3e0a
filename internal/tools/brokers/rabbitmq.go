package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// newPortMapper is epmd, which knows at which port each Erlang node of a
// machine listens. RabbitMQ starts one itself where there is none, and leaves it
// behind, open to all the network; this one is its alone, on loopback, and ends
// when the rest does.
func newPortMapper(root string, rabbit int) server {
	dir := filepath.Join(root, "epmd")
	port := rabbit + portMapper
	return server{
		name: "epmd", dir: dir, port: port, set: "RABBITMQ_PORT", ask: askPortMapper, patience: time.Minute,
		prepare: func(context.Context) error { return settle(dir, nil) },
		command: func() *exec.Cmd {
			return exec.Command("epmd", "-address", "127.0.0.1", "-port", strconv.Itoa(port))
		},
	}
}

// newRabbit is RabbitMQ, as one node of its own.
func newRabbit(root string, port int) server {
	dir := filepath.Join(root, "rabbitmq")
	vars := rabbitVars(dir, port)
	return server{
		name: "RabbitMQ", dir: dir, port: port, also: []int{port + distribution}, set: "RABBITMQ_PORT",
		ask:      func(ctx context.Context, addr string) error { return askRabbit(ctx, addr, "guest", "guest", "/") },
		patience: 3 * time.Minute,
		prepare: func(context.Context) error {
			if err := settle(dir, map[string]any{"rabbitmq.conf": map[string]int{"Port": port}}); err != nil {
				return err
			}
			for name, text := range map[string]string{"enabled_plugins": "[].\n", "rabbitmq-env.conf": ""} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					return err
				}
			}
			return script(filepath.Join(root, "rabbitmqctl"), rabbitctl(vars))
		},
		command: func() *exec.Cmd {
			path, _ := rabbitProgram("rabbitmq-server") // install has found it
			// Left to itself the script stays between us and the server, so
			// that a signal would have to pass through it. Told that there may
			// be input it becomes the server, which we tell that there is none.
			cmd := exec.Command(path, "-noinput")
			cmd.Env = append(cmd.Environ(), append(vars, "RABBITMQ_ALLOW_INPUT=true")...)
			return cmd
		},
	}
}

// rabbitVars is what keeps RabbitMQ within its folder, away from the
// configuration of the machine and from other nodes.
func rabbitVars(dir string, port int) []string {
	in := func(name string) string { return filepath.Join(dir, name) }
	return []string{
		"HOME=" + dir,                            // for the cookie that lets rabbitmqctl in
		"RABBITMQ_NODENAME=tourbillon@localhost", // epmd is its own, and knows no other
		"RABBITMQ_NODE_IP_ADDRESS=127.0.0.1", "RABBITMQ_NODE_PORT=" + strconv.Itoa(port),
		"RABBITMQ_DIST_PORT=" + strconv.Itoa(port+distribution),
		"ERL_EPMD_ADDRESS=127.0.0.1", "ERL_EPMD_PORT=" + strconv.Itoa(port+portMapper),
		// The second: what waits to be tried again has its way out looked at every
		// ten seconds, should that be full, or not there yet after a restart.
		// Left to itself RabbitMQ takes three minutes.
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} -rabbit dead_letter_worker_publisher_confirm_timeout 10000",
		"RABBITMQ_MNESIA_BASE=" + in("data"), "RABBITMQ_LOG_BASE=" + dir,
		"RABBITMQ_CONFIG_FILE=" + in("rabbitmq.conf"), "RABBITMQ_CONF_ENV_FILE=" + in("rabbitmq-env.conf"),
		"RABBITMQ_ADVANCED_CONFIG_FILE=" + in("advanced.config"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + in("enabled_plugins"),
	}
}

// rabbitctl is a script that asks our node, and no other.
func rabbitctl(vars []string) string {
	path, _ := rabbitProgram("rabbitmqctl")
	var quoted []string
	for _, v := range vars {
		name, value, _ := strings.Cut(v, "=")
		quoted = append(quoted, name+"="+quote(value))
	}
	return "exec env " + strings.Join(quoted, " ") + " " + quote(path) + ` "$@"`
}

// quote writes a word so that a shell reads it as it is.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// rabbitHomes is where Debian puts RabbitMQ itself. What it puts in the PATH
// is a script that refuses everybody but root, and becomes the user rabbitmq,
// who cannot read our folder.
const rabbitHomes = "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin"

// errNoRabbit is how a program of RabbitMQ is missed.
var errNoRabbit = errors.New("there is no RabbitMQ")

// rabbitProgram finds a program of RabbitMQ.
func rabbitProgram(name string) (string, error) {
	found, err := filepath.Glob(filepath.Join(rabbitHomes, name))
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return slices.Max(found), nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoRabbit, err)
	}
	return path, nil
}
