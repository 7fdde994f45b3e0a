// Brokers runs RabbitMQ, Redis and Kafka on this machine, without Docker, for
// tests and for trying things out.
//
//	go run ./internal/tools/brokers up     install what is missing, start what does not run, wait until it answers
//	go run ./internal/tools/brokers down   stop what up started [-wipe: and throw its data away]
//	go run ./internal/tools/brokers ask    fail unless the servers at -redis, -rabbitmq and -kafka answer
//	go run ./internal/tools/brokers install   only install Debian's packages that are missing
//
// All that the servers keep is in one folder, .brokers: configuration, data,
// logs, Kafka's jars, and a file pid each. They listen on loopback alone, as
// whoever calls. What is to be installed is said before it is, by Debian's apt,
// and only as root; apt is kept from starting services of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "brokers:", err)
		os.Exit(1)
	}
}

// errVerb is what one types wrong.
var errVerb = errors.New("say up, down, ask or install")

// run does what args say. What the caller may want to read goes to out, and
// what goes on to say.
func run(ctx context.Context, args []string, out, say io.Writer) error {
	if len(args) == 0 {
		return errVerb
	}
	f := flag.NewFlagSet("brokers "+args[0], flag.ContinueOnError)
	f.SetOutput(say)
	switch args[0] {
	case "up":
		return runUp(ctx, f, args[1:], out, say)
	case "down":
		return runDown(ctx, f, args[1:], say)
	case "ask":
		return runAsk(ctx, f, args[1:], say)
	case "install":
		if err := parse(f, args[1:]); err != nil {
			return err
		}
		return runInstall(ctx, say)
	}
	return errVerb
}

// runUp starts the servers and prints the settings that lead to them.
func runUp(ctx context.Context, f *flag.FlagSet, args []string, out, say io.Writer) error {
	dir := f.String("dir", ".brokers", "where everything is kept")
	var p ports
	f.IntVar(&p.redis, "redis-port", 6379, "where Redis listens")
	f.IntVar(&p.rabbitmq, "rabbitmq-port", 5672, "where RabbitMQ listens; its tools and epmd take the next two ports")
	f.IntVar(&p.kafka, "kafka-port", 9092, "where Kafka listens; its controller takes the next port")
	if err := parse(f, args); err != nil {
		return err
	}
	root, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	servers, err := all(root, p)
	if err != nil {
		return err
	}
	if err := newYard(root, say).up(ctx, servers); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "export REDIS_URL=%s\nexport RABBITMQ_URL=%s\nexport KAFKA_BROKERS=%s\n",
		p.redisURL(), p.rabbitURL(), p.kafkaBrokers())
	return err
}

// runDown stops the servers.
func runDown(ctx context.Context, f *flag.FlagSet, args []string, say io.Writer) error {
	dir := f.String("dir", ".brokers", "where everything is kept")
	wipe := f.Bool("wipe", false, "throw the servers' data away too")
	if err := parse(f, args); err != nil {
		return err
	}
	root, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	servers, err := all(root, usual)
	if err != nil {
		return err
	}
	return newYard(root, say).down(ctx, servers, *wipe)
}

// parse parses flags, and wants no arguments besides.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%s takes no argument %q", f.Name(), f.Arg(0))
	}
	return nil
}

// runInstall installs the packages that are missing, all of them.
func runInstall(ctx context.Context, say io.Writer) error {
	packs := lacking(needs(false))
	if len(packs) == 0 {
		fmt.Fprintln(say, "nothing is missing")
		return nil
	}
	fmt.Fprintln(say, "to be installed by apt-get, with what they need:", strings.Join(packs, " "))
	return newYard("", say).installPackages(ctx, packs)
}
