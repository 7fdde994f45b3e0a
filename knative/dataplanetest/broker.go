package dataplanetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/knative"
)

// Settings are what a [Broker] is opened with.
type Settings struct {
	Programs  Programs
	URL       string // of RabbitMQ
	Namespace string // part of every name on the server; one that nothing else has
	Name      string // of the Broker
	Letters   bool   // it has a dead-letter sink: see [Broker.Bury]
	Logs      string // a folder for what the programs write
}

// uid stands for the identity that a cluster gives a Broker.
const uid = "00000000-0000-4000-8000-000000000000"

// again is how long a program that ended is left alone.
const again = time.Second

// ready is how long a program has to be at work, on a machine that is slow.
const ready = 2 * time.Minute

// Broker is one Broker at work: its exchanges, its ingress, and what was
// dispatched. [Open] makes one; it is not safe for concurrent use.
type Broker struct {
	settings   Settings
	port       int
	conn       *amqp.Connection
	queues     []string // that are declared
	dispatched []string // queues that have a dispatcher
	stop       context.CancelFunc
	working    context.Context
	programs   sync.WaitGroup
}

// Open declares what the Broker's controller would, and starts its ingress. It
// returns when that takes events.
func Open(ctx context.Context, s Settings) (_ *Broker, err error) {
	b := &Broker{settings: s}
	b.working, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	if b.conn, err = amqp.Dial(s.URL); err != nil {
		return b, fmt.Errorf("open RabbitMQ: %w", err)
	}
	if err := b.declare(); err != nil {
		return b, err
	}
	if b.port, err = free(); err != nil {
		return b, err
	}
	err = b.run("ingress", s.Programs.Ingress, "BROKER_URL="+s.URL, "EXCHANGE_NAME="+b.exchange(), "PORT="+strconv.Itoa(b.port),
		"BROKER_NAME="+s.Name, "BROKER_NAMESPACE="+s.Namespace)
	if err != nil {
		return b, err
	}
	return b, until(ctx, "the ingress answers", func() (bool, error) {
		resp, err := impatient.Get(b.URL()) // it takes POST alone, and says so
		if err != nil {
			return false, nil
		}
		return resp.StatusCode == http.StatusMethodNotAllowed, resp.Body.Close()
	})
}

// impatient is who asks whether an ingress is there.
var impatient = &http.Client{Timeout: 5 * time.Second}

// URL is where the Broker takes events.
func (b *Broker) URL() string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(b.port)) + "/"
}

// Close ends the programs, without waiting for what they have in hand, and
// takes everything off the server.
func (b *Broker) Close() error {
	b.stop()
	b.programs.Wait()
	if b.conn == nil {
		return nil
	}
	err := b.on(func(ch *amqp.Channel) (err error) {
		for _, q := range b.queues {
			_, no := ch.QueueDelete(q, false, false, false)
			err = errors.Join(err, no)
		}
		return errors.Join(err, ch.ExchangeDelete(b.exchange(), false, false), ch.ExchangeDelete(b.graves(), false, false))
	})
	return errors.Join(err, b.conn.Close())
}

func (b *Broker) exchange() string {
	return fmt.Sprintf("b.%s.%s.%s", b.settings.Namespace, b.settings.Name, uid)
}
func (b *Broker) graves() string {
	return fmt.Sprintf("b.%s.%s.dlx.%s", b.settings.Namespace, b.settings.Name, uid)
}
func (b *Broker) letters() string {
	return fmt.Sprintf("b.%s.%s.dlq.%s", b.settings.Namespace, b.settings.Name, uid)
}
func (b *Broker) queue(trigger string) string {
	return fmt.Sprintf("%s.%s.%s", b.settings.Namespace, trigger, uid)
}

var quorum = amqp.Table{"x-queue-type": "quorum"}

// declare is what the controller of Brokers does. The exchange for what is
// given up is there where the Broker has a dead-letter sink, and not otherwise.
func (b *Broker) declare() error {
	return b.on(func(ch *amqp.Channel) error {
		if err := ch.ExchangeDeclare(b.exchange(), "headers", true, false, false, false, nil); err != nil || !b.settings.Letters {
			return err
		}
		if err := ch.ExchangeDeclare(b.graves(), "headers", true, false, false, false, nil); err != nil {
			return err
		}
		return b.bind(ch, b.letters(), b.graves(), amqp.Table{"x-match": "all", "x-knative-dlq": b.settings.Name})
	})
}

// bind declares a queue, and what it gets.
func (b *Broker) bind(ch *amqp.Channel, queue, exchange string, wants amqp.Table) error {
	if _, err := ch.QueueDeclare(queue, true, false, false, false, quorum); err != nil {
		return err
	}
	b.queues = append(b.queues, queue)
	return ch.QueueBind(queue, "", exchange, false, wants)
}

// Declare is what the controller of Triggers does on the server: from now on
// what the Trigger wants is kept for it.
func (b *Broker) Declare(t knative.Trigger) error {
	wants := amqp.Table{"x-match": "all", "x-knative-trigger": t.Name}
	for attribute, value := range t.Filter {
		wants[attribute] = value
	}
	return b.on(func(ch *amqp.Channel) error { return b.bind(ch, b.queue(t.Name), b.exchange(), wants) })
}

// Dispatch starts the dispatcher of a Trigger that was declared. What it gives
// up goes to the Broker's dead-letter sink.
func (b *Broker) Dispatch(t knative.Trigger, subscriber string) error {
	return b.dispatch(b.queue(t.Name), subscriber, append(delivering(t.Delivery), "PARALLELISM="+strconv.Itoa(t.Parallelism), "DLX_NAME="+b.graves()))
}

// Bury starts the dispatcher that hands dead letters to their sink. It has
// neither timeout nor parallelism, as a cluster's has not.
func (b *Broker) Bury(d knative.Delivery, sink string) error {
	d.Timeout = 0
	return b.dispatch(b.letters(), sink, append(delivering(d), "DLX=true"))
}

func delivering(d knative.Delivery) []string {
	return []string{
		"RETRY=" + strconv.Itoa(d.Retry), "BACKOFF_POLICY=" + string(d.BackoffPolicy), "BACKOFF_DELAY=" + d.BackoffDelay.String(),
		"TIMEOUT=" + d.Timeout.String(),
	}
}

func (b *Broker) dispatch(queue, subscriber string, env []string) error {
	b.dispatched = append(b.dispatched, queue)
	env = append(env, "RABBIT_URL="+b.settings.URL, "QUEUE_NAME="+queue, "BROKER_INGRESS_URL="+b.URL(), "SUBSCRIBER="+subscriber)
	return b.run(queue, b.settings.Programs.Dispatcher, env...)
}

// Ready returns when every dispatcher takes events.
func (b *Broker) Ready(ctx context.Context) error {
	for _, queue := range b.dispatched {
		err := until(ctx, "the dispatcher of "+queue+" takes events", func() (at bool, err error) {
			err = b.on(func(ch *amqp.Channel) error {
				q, err := ch.QueueDeclarePassive(queue, true, false, false, false, quorum)
				at = q.Consumers > 0
				return err
			})
			return at, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// on lends a channel of its own to say.
func (b *Broker) on(say func(*amqp.Channel) error) error {
	ch, err := b.conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close()
	return say(ch)
}

// run runs one of the programs, with nothing in its environment but env, until
// the Broker is closed. One that ends is begun again, as a cluster would: it is
// how these get over a server that is not there yet.
func (b *Broker) run(name, program string, env ...string) error {
	log, err := os.Create(filepath.Join(b.settings.Logs, name+".log"))
	if err != nil {
		return err
	}
	env = append(env, "SYSTEM_NAMESPACE=knative-eventing", "K_LOGGING_CONFIG={}", "K_OBSERVABILITY_CONFIG={}",
		"NAMESPACE="+b.settings.Namespace, "POD_NAME="+name, "CONTAINER_NAME="+name)
	b.programs.Go(func() {
		defer log.Close()
		for b.working.Err() == nil {
			cmd := exec.CommandContext(b.working, program) // killed, not asked: an ingress would wait for 45 s
			cmd.Env, cmd.Stdout, cmd.Stderr = env, log, log
			cmd.SysProcAttr = orphaned()
			fmt.Fprintln(log, "ended:", cmd.Run())
			select {
			case <-time.After(again):
			case <-b.working.Done():
			}
		}
	})
	return nil
}

// free is a port that nobody listens on, below those that outgoing connections
// are given: one of those could be gone by the time that it is listened on.
func free() (int, error) {
	for {
		port := 20_000 + rand.IntN(10_000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return 0, err
		}
		return port, l.Close()
	}
}

// until waits for something that takes a moment.
func until(ctx context.Context, what string, so func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, ready)
	defer cancel()
	for {
		is, err := so()
		if is || err != nil {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s: not after %v", what, ready)
		}
	}
}
