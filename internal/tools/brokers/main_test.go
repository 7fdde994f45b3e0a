package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// actAs makes the test's own program a server, for tests that start and stop
// one: "serve PORT" answers PING, "deaf PORT" too, and does not stop when it is
// asked to, "mute" answers nothing, "die" ends at once.
const actAs = "BROKERS_TEST_ACT"

func TestMain(m *testing.M) {
	if act := os.Getenv(actAs); act != "" {
		fmt.Fprintln(os.Stderr, "acting:", act)
		perform(strings.Fields(act))
		return
	}
	goleak.VerifyTestMain(m)
}

func perform(act []string) {
	stop := make(chan os.Signal, 1)
	if act[0] != "deaf" {
		signal.Notify(stop, syscall.SIGTERM)
	} else {
		signal.Ignore(syscall.SIGTERM)
	}
	switch act[0] {
	case "die":
		os.Exit(3)
	case "serve", "deaf":
		l, err := net.Listen("tcp", "127.0.0.1:"+act[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(4)
		}
		go answer(l, func(line string) string { return map[string]string{"PING": "+PONG\r\n"}[line] })
	}
	<-stop
}

// answer answers each line at l, until l is closed.
func answer(l net.Listener, say func(line string) string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		line, _ := bufio.NewReader(c).ReadString('\n')
		_, _ = c.Write([]byte(say(strings.TrimSpace(line))))
		_ = c.Close()
	}
}

// acting is a server that is this program, acting.
func acting(dir, act string, port int) server {
	return server{
		name: "Stand-in", dir: dir, port: port, set: "STANDIN_PORT", ask: askRedis, patience: patience,
		prepare: func(context.Context) error { return os.MkdirAll(dir, 0o700) },
		command: func() *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), actAs+"="+act+" "+strconv.Itoa(port))
			return cmd
		},
	}
}

// freePort is a port that nobody has, and that no outgoing connection is given:
// those begin at 32768 here.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		if port := 20000 + rand.IntN(10000); free(port) {
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func TestRun_SaysWhatItDoesNotUnderstand(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, errVerb.Error()},
		{[]string{"sideways"}, errVerb.Error()},
		{[]string{"up", "more"}, `takes no argument "more"`},
		{[]string{"down", "-sideways"}, "not defined: -sideways"},
		{[]string{"up", "-redis-port", "0"}, "Redis cannot have port 0: set one from 1 to 65535"},
		{[]string{"up", "-rabbitmq-port", "65534"}, "RabbitMQ cannot have port 65534: set one from 1 to 65533"},
		{[]string{"ask", "-redis", "http://127.0.0.1"}, "it is not written as redis://host:port"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			var out, said bytes.Buffer
			err := run(t.Context(), c.args, &out, &said)
			if err == nil || !strings.Contains(err.Error(), c.want) || out.Len() > 0 {
				t.Errorf("got %v and %q, want %q", err, out.String(), c.want)
			}
		})
	}
}

func TestRun_DownWhereNothingIs(t *testing.T) {
	var said bytes.Buffer
	dir := t.TempDir() + "/none"
	if err := run(t.Context(), []string{"down", "-dir", dir, "-wipe"}, nil, &said); err != nil || !strings.Contains(said.String(), "nothing was started") {
		t.Errorf("got %v, %q", err, said.String())
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it made the folder: %v", err)
	}
}
