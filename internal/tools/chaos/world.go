//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// settings are what a world is made of.
type settings struct {
	dir     string // of logs and data
	jars    string
	program string // tourbillon, as it was built
	count   int    // of workers
	seed    uint64
	servers []string // that there are; what is not there is in the workers' memory
	sandbox bool     // payments are the sandbox's, and not Stripe's
}

// world is the whole system, in processes.
type world struct {
	settings
	redis, rabbit, kafka *server
	mapper               *process
	ctl                  rabbit
	payments, mail       *provider
	workers              []*worker
	front                *front
	tap                  *tap
	env                  []string
}

// provider is a process that is never killed.
type provider struct {
	*process
	url string
}

// worker is one `tourbillon up`.
type worker struct {
	*process
	url string
}

// open starts everything, and returns once it answers.
func open(ctx context.Context, s settings) (*world, error) {
	w := &world{settings: s}
	err := w.open(ctx)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *world) open(ctx context.Context) (err error) {
	if err := w.openServers(ctx); err != nil {
		return err
	}
	if w.front, err = newFront(ctx); err != nil {
		return err
	}
	w.payments, w.mail = w.newProvider("payments", "--hooks="+w.front.url), w.newProvider("mail")
	for _, p := range []*provider{w.payments, w.mail} {
		if err := p.start(ctx); err != nil {
			return err
		}
	}
	w.env = append(w.env, "TOURBILLON_MAILBOX_URL="+w.mail.url)
	if w.sandbox {
		w.env = append(w.env, "TOURBILLON_SANDBOX_URL="+w.payments.url)
	} else {
		w.env = append(w.env, "STRIPE_SECRET_KEY=sk_test_chaos", "STRIPE_API_URL="+w.payments.url, hookSecret)
	}
	places, err := ports(w.count)
	if err != nil {
		return err
	}
	all, ctx := errgroup.WithContext(ctx)
	for i, port := range places {
		n := w.newWorker(fmt.Sprintf("worker-%d", i+1), port)
		w.workers = append(w.workers, n)
		all.Go(func() error { return n.start(ctx) })
	}
	w.front.to.Store(&w.workers)
	return all.Wait()
}

// has reports whether the system has that server.
func (w *world) has(name string) bool { return slices.Contains(w.settings.servers, name) }

func (w *world) openServers(ctx context.Context) error {
	at, err := ports(6)
	if err != nil {
		return err
	}
	var lines []*proxy
	for _, port := range at[:3] {
		l, err := newProxy(ctx, "127.0.0.1:0", loopback(port))
		if err != nil {
			return err
		}
		lines = append(lines, l)
	}
	w.redis, w.rabbit, w.kafka = &server{line: lines[0]}, &server{line: lines[1]}, &server{line: lines[2]}
	all, starting := errgroup.WithContext(ctx)
	if w.has("redis") {
		if w.redis.process, err = newRedis(w.dir, at[0]); err != nil {
			return err
		}
		w.env = append(w.env, "REDIS_URL=redis://"+lines[0].addr())
		all.Go(func() error { return w.redis.start(starting) })
	}
	if w.has("rabbitmq") {
		if w.mapper, w.rabbit.process, w.ctl, err = newRabbit(w.dir, at[1], at[3], at[4]); err != nil {
			return err
		}
		w.env = append(w.env, "RABBITMQ_URL=amqp://guest:guest@"+lines[1].addr()+"/")
		all.Go(func() error {
			if err := w.mapper.start(starting); err != nil {
				return err
			}
			if err := w.rabbit.start(starting); err != nil {
				return err
			}
			return w.narrow(starting)
		})
	}
	if w.has("kafka") {
		if w.kafka.process, err = newKafka(ctx, w.dir, w.jars, at[2], at[5], lines[2].addr()); err != nil {
			return err
		}
		w.env = append(w.env, "KAFKA_BROKERS="+lines[2].addr())
		all.Go(func() error { return w.kafka.start(starting) })
	}
	if err := all.Wait(); err != nil {
		return err
	}
	if w.has("rabbitmq") { // past the line: whoever makes the faults is not hit by them
		w.tap = openTap(context.WithoutCancel(ctx), "amqp://guest:guest@"+loopback(at[1])+"/")
	}
	return nil
}

// running are the servers that there are.
func (w *world) running() (all []*server) {
	for _, s := range []*server{w.redis, w.rabbit, w.kafka} {
		if s != nil && s.process != nil {
			all = append(all, s)
		}
	}
	return all
}

// hookSecret has the payment process sign the webhooks that it posts, and the
// system take them.
const hookSecret = "STRIPE_WEBHOOK_SECRET=whsec_chaos"

// newProvider is a process that stands for Stripe, or for a post office.
func (w *world) newProvider(name string, args ...string) *provider {
	p := &provider{}
	var said io.Reader
	p.process = &process{
		name: name, log: filepath.Join(w.dir, name+".log"),
		make: func() *exec.Cmd {
			own := []string{"sandbox", "--addr=127.0.0.1:0", "--output=json", "--seed=" + fmt.Sprint(w.seed)}
			cmd := exec.Command(w.program, append(own, args...)...)
			cmd.Env = append(cmd.Environ(), "TOURBILLON_LOG=warn", "FUNCTION_TARGET=", "K_SINK=", hookSecret)
			if w.sandbox {
				cmd.Env = append(cmd.Env, "K_SINK="+w.front.url+"/broker/bookings")
			}
			read, write := io.Pipe()
			cmd.Stdout, said = write, read
			return cmd
		},
		ready: func(context.Context) error {
			at := map[string]string{}
			line, err := bufio.NewReader(said).ReadBytes('\n')
			if err == nil {
				err = json.Unmarshal(line, &at)
			}
			p.url = at["sandbox"]
			return err
		},
	}
	return p
}

func (w *world) newWorker(name string, port int) *worker {
	n := &worker{url: "http://" + loopback(port)}
	n.process = &process{
		name: name, log: filepath.Join(w.dir, name+".log"),
		make: func() *exec.Cmd {
			free := "127.0.0.1:0"
			cmd := exec.Command(w.program, "up", "--demo=false", "--addr="+loopback(port), "--notifications-addr="+free, "--saga-addr="+free, "--realtime-addr="+free)
			cmd.Env = append(cmd.Environ(), append(w.env, "TOURBILLON_LOG=info", "FUNCTION_TARGET=", "K_SINK=")...)
			return cmd
		},
		ready: func(ctx context.Context) error {
			return until(ctx, 100*time.Millisecond, func(ctx context.Context) error { return get(ctx, n.url+"/readyz", nil) })
		},
	}
	return n
}

// heal makes everything whole, and returns once it answers. A worker that does
// not is started anew, so that the others are not judged by it.
func (w *world) heal(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	var err error
	for _, s := range w.running() {
		s.line.heal()
		s.thaw()
		err = errors.Join(err, s.ready(ctx))
	}
	for _, n := range w.workers {
		n.thaw()
		within, stop := context.WithTimeout(ctx, patience/2)
		if late := n.ready(within); late != nil {
			err = errors.Join(err, fmt.Errorf("%s does not answer any more, see %s: %w", n.name, n.log, late))
			n.signal(syscall.SIGQUIT) // it writes to its log what it was at
			err = errors.Join(err, pause(ctx, time.Second))
			n.kill()
			err = errors.Join(err, n.start(ctx))
		}
		stop()
	}
	for _, p := range []*provider{w.payments, w.mail} {
		err = errors.Join(err, p.trouble(ctx, trouble{}))
	}
	return err
}

// close ends everything.
func (w *world) close() error {
	if w.tap != nil {
		w.tap.close()
	}
	for _, n := range w.workers {
		n.end(10 * time.Second)
	}
	for _, p := range []*provider{w.payments, w.mail} {
		if p != nil {
			p.end(5 * time.Second)
		}
	}
	var err error
	for _, s := range []*server{w.redis, w.rabbit, w.kafka} {
		if s == nil {
			continue
		}
		if s.process != nil {
			s.kill() // what it keeps is thrown away
		}
		err = errors.Join(err, s.line.close())
	}
	if w.mapper != nil {
		w.mapper.kill()
	}
	if w.front != nil {
		err = errors.Join(err, w.front.close())
	}
	return err
}

// trouble is what goes wrong at a provider, as `tourbillon sandbox` takes it.
type trouble struct {
	Refuse float64 `json:"refuse"`
	Lose   float64 `json:"lose"`
	Late   float64 `json:"late"`
	Delay  string  `json:"delay,omitempty"`
}

func (p *provider) trouble(ctx context.Context, t trouble) error {
	return call(ctx, http.MethodPut, p.url+"/trouble", t, nil)
}

// environment is that of a command of ours that asks the system.
func (w *world) environment() []string {
	return []string{"TOURBILLON_URL=" + w.front.url, "FUNCTION_TARGET=", "TOURBILLON_LOG=warn"}
}
