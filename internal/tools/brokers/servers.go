package main

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"
	"time"
)

//go:embed conf
var confs embed.FS

// server is one that can be started.
type server struct {
	name string // as people write it
	dir  string // all that it keeps, and where it runs
	port int    // where it is asked
	also []int  // the other ports that it takes
	set  string // the setting that moves port

	// prepare makes what the server needs before it can start, in dir.
	prepare func(context.Context) error
	// command is what to run: it stays in the foreground.
	command func() *exec.Cmd
	// ask asks what listens at an address something that only this kind of
	// server can answer, and only once it works.
	ask func(ctx context.Context, addr string) error
	// patience is for how long it may start.
	patience time.Duration
}

// chain is servers of which each needs the one before it.
type chain []server

// all are the servers. What they keep is below root.
func all(root string, p ports) ([]chain, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return []chain{
		{newRedis(root, p.redis)},
		{newPortMapper(root, p.rabbitmq), newRabbit(root, p.rabbitmq)},
		{newKafka(root, p.kafka)},
	}, nil
}

// newRedis is Redis, with every write on disk before it is acknowledged.
func newRedis(root string, port int) server {
	dir := filepath.Join(root, "redis")
	return server{
		name: "Redis", dir: dir, port: port, set: "REDIS_PORT", ask: askRedis, patience: time.Minute,
		prepare: func(context.Context) error {
			return settle(dir, map[string]any{"redis.conf": map[string]int{"Port": port}})
		},
		command: func() *exec.Cmd { return exec.Command("redis-server", "redis.conf") },
	}
}

// settle makes a server's folder, with one for its data, and writes its
// configuration: the files of conf, filled in.
func settle(dir string, files map[string]any) error {
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		return err
	}
	for name, values := range files {
		t, err := template.ParseFS(confs, "conf/"+name)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if err := t.Execute(&text, values); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// script writes a file that can be run, for people.
func script(path, text string) error {
	return os.WriteFile(path, []byte("#!/bin/sh\n# Written by make brokers.\n"+text+"\n"), 0o700)
}
