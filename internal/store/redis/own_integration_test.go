//go:build integration

package redis_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store/redis"
)

// own is a redis-server of one test, which may do to it what it likes.
type own struct {
	t    *testing.T
	args []string
	addr string
	cmd  *exec.Cmd
}

// newOwn starts a server that keeps what it acknowledges, and is set otherwise
// as args say.
func newOwn(t *testing.T, args ...string) *own {
	t.Helper()
	addr := address(t)
	_, port, _ := net.SplitHostPort(addr)
	o := &own{t: t, addr: addr, args: append([]string{
		"--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "",
		"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
	}, args...)}
	o.start()
	t.Cleanup(o.kill)
	return o
}

func (o *own) settings() redis.Settings { return redis.Settings{URL: "redis://" + o.addr} }

// start starts the server, on the data that it had, and waits until it answers.
func (o *own) start() {
	o.t.Helper()
	log, err := os.Create(filepath.Join(o.t.TempDir(), "log"))
	if err != nil {
		o.t.Fatal(err)
	}
	defer log.Close()
	o.cmd = exec.Command("redis-server", o.args...)
	o.cmd.Stdout, o.cmd.Stderr = log, log
	if err := o.cmd.Start(); err != nil {
		o.t.Fatalf("redis-server cannot be started: %v: run make brokers, which installs it", err)
	}
	c := o.client()
	defer c.Close()
	for end := time.Now().Add(20 * time.Second); c.Ping(context.Background()).Err() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			text, _ := os.ReadFile(log.Name())
			o.t.Fatalf("redis-server does not answer:\n%s", text)
		}
	}
}

// kill ends the server at once, as a crash does.
func (o *own) kill() {
	if o.cmd != nil {
		o.cmd.Process.Kill()
		o.cmd.Wait()
		o.cmd = nil
	}
}

func (o *own) signal(s syscall.Signal) {
	o.t.Helper()
	if err := o.cmd.Process.Signal(s); err != nil {
		o.t.Fatal(err)
	}
}

func (o *own) client() *goredis.Client { return goredis.NewClient(&goredis.Options{Addr: o.addr}) }

func (o *own) do(args ...any) {
	o.t.Helper()
	c := o.client()
	defer c.Close()
	if err := c.Do(context.Background(), args...).Err(); err != nil {
		o.t.Fatalf("%v: %v", args, err)
	}
}

// newCluster starts three servers that are one cluster, and returns its URL.
func newCluster(t *testing.T) string {
	t.Helper()
	ctx := t.Context()
	var nodes []*own
	for i := range 3 {
		n := newOwn(t, "--cluster-enabled", "yes", "--cluster-config-file", fmt.Sprint("nodes-", i), "--cluster-node-timeout", "15000")
		nodes = append(nodes, n)
		c := n.client()
		defer c.Close()
		if err := c.ClusterAddSlotsRange(ctx, i*5462, min((i+1)*5462, 16384)-1).Err(); err != nil {
			t.Fatal(err)
		}
		host, port, _ := net.SplitHostPort(nodes[0].addr)
		if err := c.ClusterMeet(ctx, host, port).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range nodes {
		c := n.client()
		defer c.Close()
		eventually(t, "the cluster is whole", func() bool {
			info, err := c.ClusterInfo(ctx).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok") &&
				strings.Contains(info, "cluster_slots_ok:16384") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	return "redis://" + nodes[0].addr + "?addr=" + nodes[1].addr
}
