//go:build unix

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// options are what a person may choose.
type options struct {
	rounds   int
	bookings int
	faults   int
	workers  int
	seed     uint64
	short    bool
	servers  []string
	sandbox  bool // payments are the sandbox's
	keep     bool
	hunt     bool // stop at the first round that breaks a promise
	plant    string
	jars     string
	dir      string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("chaos", flag.ContinueOnError)
	f.IntVar(&o.rounds, "rounds", 10, "how many rounds")
	f.IntVar(&o.bookings, "bookings", 2000, "bookings of a round")
	f.IntVar(&o.faults, "faults", 22, "faults of a round: there are 22")
	f.IntVar(&o.workers, "workers", 3, "how many processes of the system")
	f.Uint64Var(&o.seed, "seed", 0, "what is asked for and what goes wrong, and when; 0: chosen, and printed")
	f.BoolVar(&o.short, "short", false, "one round of 360 bookings and ten faults, each kind among them, in a few minutes")
	servers := f.String("servers", "redis,rabbitmq,kafka", "the servers that there are, or none; what is not there is in the processes' memory")
	f.BoolVar(&o.sandbox, "sandbox", false, "payments are the sandbox's, whose answers may take longer than a lease, and not Stripe's by its API; so it is where a fault is planted")
	f.BoolVar(&o.keep, "keep", false, "keep logs and data, whatever comes of it")
	f.StringVar(&o.plant, "plant", "", "build the system with this fault in it, or with each by `all` in turn, and fail if it is not found")
	f.StringVar(&o.jars, "jars", "", "the folder of Kafka's jars, if it is not where make brokers puts them")
	f.StringVar(&o.dir, "dir", "", "where logs and data are; a temporary folder unless told otherwise")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, set := range map[string]func(){
		"rounds": func() { o.rounds = 1 }, "bookings": func() { o.bookings = 360 }, "faults": func() { o.faults = 10 },
	} {
		if o.short && !given[name] {
			set()
		}
	}
	if o.plant != "" && !given["rounds"] {
		o.rounds = 3 // at most
	}
	o.sandbox = o.sandbox || o.plant != ""
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	if *servers != "none" {
		o.servers = strings.Split(*servers, ",")
	}
	if !slices.Contains(o.servers, "redis") {
		o.workers = 1 // which has all records
	}
	if o.rounds < 1 || o.bookings < 2 || o.faults < 1 || o.workers < 1 {
		return o, errors.New("set rounds, faults and workers from 1, and bookings from 2")
	}
	return o, nil
}

// errFound is a promise that was broken.
var errFound = errors.New("a promise was broken")

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.plant != "" {
		return o.plantAll(ctx, out)
	}
	return o.run(ctx, out, "")
}

// run builds the system, with a fault in it if overlay names one, and plays
// the rounds. It returns errFound once a promise was broken.
func (o options) run(ctx context.Context, out io.Writer, overlay string) (err error) {
	s := settings{dir: o.dir, count: o.workers, seed: o.seed, servers: o.servers, sandbox: o.sandbox}
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "chaos"); err != nil {
			return err
		}
	}
	if slices.Contains(o.servers, "kafka") {
		if s.jars, err = findJars(o.jars); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "seed %d: %d rounds of %d bookings and %d faults; logs in %s\n", o.seed, o.rounds, o.bookings, o.faults, s.dir)
	s.program = filepath.Join(s.dir, "tourbillon")
	if err := build(ctx, s.program, overlay); err != nil {
		return err
	}
	w, err := open(ctx, s)
	if err != nil {
		return err
	}
	total := newReport()
	for n := range o.rounds {
		r, played := o.round(ctx, w, n+1, total.known, out)
		total.add(r)
		if err = played; err != nil || o.hunt && len(total.wrong) > 0 {
			break
		}
	}
	err = errors.Join(err, w.close())
	total.print(out)
	if len(total.wrong) > 0 {
		err = errors.Join(errFound, err)
	}
	if err == nil && !o.keep && o.dir == "" {
		return os.RemoveAll(s.dir)
	}
	fmt.Fprintln(out, "logs are kept in", s.dir)
	return err
}

// build is the program, as it is or with an overlay.
func build(ctx context.Context, to, overlay string) error {
	args := []string{"build", "-o", to}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	said, err := exec.CommandContext(ctx, "go", append(args, "./cmd/tourbillon")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build: %w\n%s", err, said)
	}
	return nil
}

// The bounds of a round's end: until all bookings have ended, and until archive
// and records agree after that.
const (
	drainTime  = 16 * time.Minute // a hold and its grace
	shortDrain = 4 * time.Minute
)

// round plays one round and judges it.
func (o options) round(ctx context.Context, w *world, n int, known map[string]bool, out io.Writer) (r result, err error) {
	r.began = time.Now()
	dice := rand.New(rand.NewPCG(o.seed, uint64(n)))
	fs := deal(dice, against(o.servers), o.faults, o.short)
	span := end(fs)
	ds := departures(n, o.bookings, time.Now(), span)
	all := orders(dice, n, o.bookings, ds, span)
	say := teller(out, r.began)
	say("round %d: %d bookings and %d faults in %d s", n, len(all), len(fs), int(span.Seconds()))
	if err := w.set(ctx, ds); err != nil {
		return r, err
	}
	var loading sync.WaitGroup
	loading.Go(func() { w.load(ctx, all, ds) })
	struck := w.strike(ctx, dice.Uint64(), fs, say)
	if err := errors.Join(struck, w.heal(ctx)); err != nil {
		r.wrong = append(r.wrong, err.Error()) // what does not come back
	}
	loading.Wait()
	r.faults, r.loaded = fs, time.Since(r.began)
	if err := ctx.Err(); err != nil {
		return r, err
	}
	say("everything is whole again; waiting until all is done")
	within := drainTime
	if o.short {
		within = shortDrain
	}
	left, err := w.drain(ctx, all, within)
	if err != nil {
		return r, err
	}
	if err := w.settle(ctx, say); err != nil {
		r.wrong = append(r.wrong, err.Error())
	}
	r.drained = time.Since(r.began) - r.loaded
	for _, b := range left {
		say("left: %v", b)
	}
	for _, o := range all {
		known[o.id] = true
	}
	s, err := w.look(ctx, all, ds)
	if err != nil {
		return r, err
	}
	r.orders, r.seen = all, s
	r.wrong = append(r.wrong, judge(all, ds, s, known)...)
	r.wrong = append(r.wrong, w.crashed()...)
	wrong, again := w.audit(ctx, say)
	r.wrong, r.again = append(r.wrong, wrong...), again
	r.judged = time.Since(r.began) - r.loaded - r.drained
	if err := w.note(n, r.wrong); err != nil {
		return r, err
	}
	if w.tap != nil {
		r.copies, r.refused = w.tap.counts()
	}
	r.print(out, n)
	return r, nil
}

// teller says things with the time since the beginning.
func teller(out io.Writer, began time.Time) func(string, ...any) {
	var mu sync.Mutex
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, "  %6.1f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
}
