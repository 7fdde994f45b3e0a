package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed" // for the list of jars
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// pom says which jars Kafka is, and which version.
//
//go:embed pom.xml
var pom []byte

// newKafka is Kafka, as one node without ZooKeeper.
func newKafka(root string, port int) server {
	dir := filepath.Join(root, "kafka")
	return server{
		name: "Kafka", dir: dir, port: port, also: []int{port + 1}, set: "KAFKA_PORT", ask: askKafka, patience: 3 * time.Minute,
		prepare: func(ctx context.Context) error {
			err := settle(dir, map[string]any{
				"server.properties": map[string]int{"Port": port, "Controller": port + 1},
				"log4j.properties":  nil, "tools-log4j.properties": nil,
			})
			if err != nil {
				return err
			}
			if err := topicsScript(root, dir, port); err != nil {
				return err
			}
			return format(ctx, root, dir)
		},
		command: func() *exec.Cmd { return java(root, dir, "-Xms256m", "-Xmx512m", "kafka.Kafka", "server.properties") },
	}
}

// jars is the folder of the jars that the pom names. Another pom has another.
func jars(root string) string {
	sum := sha256.Sum256(pom)
	return filepath.Join(root, "jars-"+hex.EncodeToString(sum[:4]))
}

// java is a Java program of the jars, run in dir.
func java(root, dir string, args ...string) *exec.Cmd {
	base := []string{"-cp", filepath.Join(jars(root), "*"), "-Dlog4j.configuration=file:log4j.properties"}
	cmd := exec.Command("java", append(base, args...)...)
	cmd.Dir = dir
	return cmd
}

// format makes the data's folder into one of a new cluster, once.
func format(ctx context.Context, root, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "data", "meta.properties")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	cmd := java(root, dir, "kafka.tools.StorageTool", "format", "--cluster-id="+clusterID(), "--config", "server.properties")
	made := exec.CommandContext(ctx, cmd.Path, cmd.Args[1:]...)
	made.Dir = dir
	if said, err := made.CombinedOutput(); err != nil {
		return fmt.Errorf("format Kafka's folder: %w\n%s", err, said)
	}
	return nil
}

// clusterID is a new name for a cluster, as Kafka writes one.
func clusterID() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// topicsScript writes a script that lists and shows the topics.
func topicsScript(root, dir string, port int) error {
	return script(filepath.Join(root, "kafka-topics"), strings.Join([]string{
		"exec java -Xmx128m -cp", quote(filepath.Join(jars(root), "*")),
		"-Dlog4j.configuration=" + quote("file:"+filepath.Join(dir, "tools-log4j.properties")),
		"org.apache.kafka.tools.TopicCommand --bootstrap-server", loopback(port), `"$@"`,
	}, " "))
}
