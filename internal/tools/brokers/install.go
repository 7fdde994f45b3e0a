package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// need is a program, and Debian's package that has it.
type need struct {
	program, pack string
	find          func(program string) (string, error)
}

// needs are the programs that the servers are. Maven is one only where the
// jars are not there yet.
func needs(haveJars bool) []need {
	all := []need{
		{"redis-server", "redis-server", exec.LookPath},
		{"epmd", "rabbitmq-server", exec.LookPath},
		{"rabbitmq-server", "rabbitmq-server", rabbitProgram},
		{"java", "default-jre-headless", exec.LookPath},
	}
	if !haveJars {
		all = append(all, need{"mvn", "maven", exec.LookPath})
	}
	return all
}

// lacking are the packages of those programs that are not there, each once.
func lacking(needs []need) (packs []string) {
	for _, n := range needs {
		if _, err := n.find(n.program); err != nil && !slices.Contains(packs, n.pack) {
			packs = append(packs, n.pack)
		}
	}
	return packs
}

// install gets what is missing to run the servers: programs, and Kafka's jars.
func (y *yard) install(ctx context.Context) error {
	_, err := os.Stat(jars(y.dir))
	haveJars := err == nil
	packs := lacking(needs(haveJars))
	if len(packs) > 0 {
		y.tell("to be installed by apt-get, with what they need: %s", strings.Join(packs, " "))
	}
	if !haveJars {
		y.tell("to be fetched by Maven: Kafka %s, some 50 MB, into %s", kafkaVersion(), jars(y.dir))
	}
	if err := y.installPackages(ctx, packs); err != nil || haveJars {
		return err
	}
	if err := fetchJars(ctx, y.dir); err != nil {
		return fmt.Errorf("fetch Kafka's jars: %w", err)
	}
	return nil
}

// errNotRoot is why nothing is installed.
var errNotRoot = errors.New("only root may install them, so nothing was. Let root do it, which starts no service:\n\n" +
	"\tsudo env \"PATH=$PATH\" go run ./internal/tools/brokers install\n\nthen say make brokers again")

// errNoApt is why nothing can be.
var errNoApt = errors.New("there is no apt-get here: install Redis, RabbitMQ (3.10 or newer), Java (17 or newer) and Maven yourself, or use make up, which needs Docker")

// installPackages installs Debian's packages. They are said before.
func (y *yard) installPackages(ctx context.Context, packs []string) error {
	if len(packs) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(packs, " "), errNoApt)
	}
	if !y.root {
		return fmt.Errorf("%s: %w", strings.Join(packs, " "), errNotRoot)
	}
	restore, err := keepServicesDown(y.policy)
	if err != nil {
		return fmt.Errorf("keep apt from starting services: %w", err)
	}
	return errors.Join(apt(ctx, y.say, packs), restore())
}

// apt updates the lists and installs the packages. Lists of other sources that
// cannot be had are no reason to give up; a package that cannot is.
func apt(ctx context.Context, say io.Writer, packs []string) error {
	// "-o" makes it wait for another apt that is at work.
	base := []string{"-q", "-y", "-o", "DPkg::Lock::Timeout=300"}
	if err := loud(ctx, say, "apt-get", append(base, "update")...); err != nil {
		fmt.Fprintln(say, "apt-get update:", err)
	}
	return loud(ctx, say, "apt-get", append(append(base, "install", "--no-install-recommends"), packs...)...)
}

// loud runs a command that says what it does, and asks nothing. It is ended
// gently: apt leaves a half-installed package behind otherwise.
func loud(ctx context.Context, say io.Writer, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(cmd.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = say, say
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(append([]string{name}, args...), " "), err)
	}
	return nil
}

// fetchJars lets Maven bring what the pom names, all or nothing. What Maven
// says is of use only where it fails.
func fetchJars(ctx context.Context, root string) error {
	part, err := os.MkdirTemp(root, "jars-part-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part)
	list := filepath.Join(part, "pom.xml")
	if err := os.WriteFile(list, pom, 0o600); err != nil {
		return err
	}
	libs := filepath.Join(part, "jars")
	said := new(bytes.Buffer)
	err = loud(ctx, said, "mvn", "--batch-mode", "-Dstyle.color=never", "--quiet", "--strict-checksums",
		"--file", list, "generate-resources", "-Djars="+libs)
	if err != nil {
		return fmt.Errorf("%w\n%s\nit needs repo.maven.apache.org, or a mirror that ~/.m2/settings.xml names", err, said)
	}
	return os.Rename(libs, jars(root))
}

// kafkaVersion is the version that the pom names.
func kafkaVersion() string {
	found := regexp.MustCompile(`<kafka\.version>([^<]+)<`).FindSubmatch(pom)
	if found == nil {
		return "of no version"
	}
	return string(found[1])
}
