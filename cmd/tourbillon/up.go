package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tourbillon/functions"
	"tourbillon/knative"
	"tourbillon/realtime/pump"
)

// up is how the whole system is to be run.
type up struct {
	config
	dir   string // of manifests; empty: those in the program
	demo  bool
	works bool // deliver events; else they wait where they are
	anew  bool // begin in an empty store, whatever the archive tells of
	json  bool // say where the doors are as JSON
	doors map[string]*string
}

// The doors, and where they are unless told otherwise.
var doors = []struct{ name, flag, addr, has string }{
	{"gateway", "addr", "127.0.0.1:8080", "bookings, departures, tours, events, and all of what follows"},
	{"notifications", "notifications-addr", "127.0.0.1:3005", "what customers were told: mailbox, templates"},
	{"saga", "saga-addr", "127.0.0.1:3006", "how bookings stand, and what to do about them"},
	{"realtime", "realtime-addr", "127.0.0.1:3007", "seats and bookings as they stand, to all who watch: /ws, /sse, /socket.io/"},
}

func (k *console) upCommand() *cobra.Command {
	u := up{config: k.config, doors: map[string]*string{}}
	var also, at []string
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the whole system in this process: no broker or database needed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if u.Window < 0 || u.Window > 0 && !u.Isolate {
				return errors.New("-window is how long a process of -isolate stays: set both, and a time such as 2s")
			}
			var err error
			if u.Also, err = ownManifests(also); err != nil {
				return err
			}
			if u.Programs, err = programs(at); err != nil {
				return err
			}
			u.json = k.json()
			log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: u.Log}))
			return u.run(cmd.Context(), k.out, log)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&u.dir, "filename", "f", "", "a folder of manifests to run, instead of those in the program")
	f.StringArrayVar(&also, "also", nil, "a file or folder of manifests to run beside them (docs/own-function.md); again for more")
	f.StringArrayVar(&at, "at", nil, "where a program of your own listens that is a Service of theirs, as loyalty=http://127.0.0.1:9000; again for more")
	f.BoolVar(&u.demo, "demo", true, "put demonstration tours on sale")
	f.BoolVar(&u.works, "deliver", true, "deliver events; without, the doors are open and every event waits where it is, as an audit rebuild wants it")
	f.BoolVar(&u.Strict, "strict", true, "say at once, as an error, of every event that is lost as it would be on a cluster (docs/runner.md)")
	f.BoolVar(&u.anew, "anew", false, "begin in an empty store although the archive is not empty")
	f.BoolVar(&u.Isolate, "isolate", false, "run each Service as processes of its own, as many as it says: none while nothing is asked of it")
	f.DurationVar(&u.Window, "window", 0, "with -isolate, how long a process stays with nothing to do at most, such as 2s; 0 is as the manifests say")
	for _, d := range doors {
		if d.name == "realtime" {
			d.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(u.RelayPort))
		}
		u.doors[d.name] = f.String(d.flag, d.addr, "where the door "+d.name+" listens; port 0 is any free one")
	}
	return cmd
}

// run runs the system until ctx ends, and what is in flight then is done.
func (u up) run(ctx context.Context, out io.Writer, log *slog.Logger) error {
	files := knative.Base()
	if u.dir != "" {
		files = os.DirFS(u.dir)
	}
	listeners, err := u.listen(ctx)
	if err != nil {
		return err
	}
	u.reached(listeners["gateway"].Addr())
	err = u.behind(ctx, out, listeners, files, log)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		log.Info("stopped before it was up", "err", err)
		err = nil
	}
	return errors.Join(err, closeAll(listeners))
}

// behind runs it behind doors that are open, and closes them.
func (u up) behind(ctx context.Context, out io.Writer, listeners map[string]net.Listener, files fs.FS, log *slog.Logger) error {
	l, err := newLocal(ctx, u.config, files, log)
	if err != nil && u.dir != "" {
		return fmt.Errorf("the manifests in %s: %w", u.dir, err)
	}
	if err != nil {
		return err
	}
	defer l.close()
	if err := l.isolation.start(ctx, l.runner); err != nil {
		return err
	}
	switch {
	case !u.works:
		l.deliver = idle
	case u.Redis != "":
		if err := l.whole(ctx, u.anew); err != nil {
			return err
		}
	}
	if u.demo && u.works {
		if err := l.demonstrate(ctx); err != nil {
			return err
		}
	}
	if err := u.announce(out, listeners); err != nil {
		return err
	}
	defer u.stopping(ctx, out)()
	err = l.serve(ctx, listeners)
	log.Info("stopped")
	return err
}

// listen opens every door, or none, and says of each what is in its way.
func (u up) listen(ctx context.Context) (map[string]net.Listener, error) {
	open := map[string]net.Listener{}
	var closed error
	for _, d := range doors {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", *u.doors[d.name])
		if err != nil {
			closed = errors.Join(closed, fmt.Errorf("%w: set -%s to another address", err, d.flag))
			continue
		}
		open[d.name] = l
	}
	if closed != nil {
		return nil, errors.Join(closed, closeAll(open))
	}
	return open, nil
}

// closeAll closes doors, of which some may be closed.
func closeAll(open map[string]net.Listener) error {
	var err error
	for _, l := range open {
		if no := l.Close(); !errors.Is(no, net.ErrClosed) {
			err = errors.Join(err, no)
		}
	}
	return err
}

// reached has the system say that it is reached where its gateway listens, unless
// a setting says otherwise.
func (u *up) reached(at net.Addr) {
	tcp, ok := at.(*net.TCPAddr)
	if !ok || u.URL != ownAddress {
		return
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	u.URL = "http://" + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}

// announce says where the doors are.
func (u up) announce(out io.Writer, open map[string]net.Listener) error {
	at := map[string]string{}
	for name, l := range open {
		at[name] = "http://" + l.Addr().String()
	}
	if u.json {
		return json.NewEncoder(out).Encode(at)
	}
	stands := u.String()
	if u.embedded() {
		stands = "everything is embedded, and ends with this process"
	}
	if u.Stripe != "" {
		stands += "; payments: " + u.money()
	}
	for _, channel := range channels {
		if by := u.sending(channel); by != "" {
			stands += "; " + channel + ": " + by
		}
	}
	if u.Isolate {
		stands += "; each function is processes of its own (tourbillon ps)"
	}
	fmt.Fprintf(out, "Tourbillon is up: %s.\n", stands)
	for _, d := range doors {
		fmt.Fprintf(out, "  %-14s %s  %s\n", d.name, at[d.name], d.has)
	}
	if !u.works {
		fmt.Fprintln(out, "Nothing is delivered (-deliver=false): what is published waits, and no demonstration tours are on sale.")
	}
	_, err := fmt.Fprintln(out, "Ctrl-C stops it.")
	return err
}

// stopping says what is waited for, where stopping takes longer than a moment.
// What it returns is called when it is over.
func (u up) stopping(ctx context.Context, out io.Writer) (over func()) {
	ended := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		select {
		case <-ctx.Done():
		case <-ended:
			return
		}
		select {
		case <-time.After(2 * time.Second):
			if !u.json {
				fmt.Fprintln(out, "Finishing what is under way; Ctrl-C again ends it at once, and nothing is lost that a server has.")
			}
		case <-ended:
		}
	})
	return func() { close(ended); telling.Wait() }
}

// serve answers at the doors and delivers, until ctx ends: then the doors
// close first, and deliveries end after them.
func (l *local) serve(ctx context.Context, at map[string]net.Listener) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- l.deliver(working) }()
	watching := make(chan error, 1)
	go func() { watching <- l.relay.hub.Run(working) }()
	open, ctx := errgroup.WithContext(ctx)
	open.Go(func() error {
		return l.relay.serve(ctx, at["realtime"], l.relay.handler(l.desk.Operators, l.metrics.Handler()))
	})
	for name, h := range l.handlers(ctx) {
		door := at[name]
		if name == "gateway" {
			door = pump.Listen(door, relaySockets) // the relay's clients come here, too
		}
		open.Go(func() error { return functions.Serve(ctx, door, h, l.gate) })
	}
	open.Go(func() error {
		select {
		case err := <-ran:
			ran <- nil
			return fmt.Errorf("the runner stopped: %w", err)
		case <-ctx.Done():
			return nil
		}
	})
	err := open.Wait()
	stop()
	return errors.Join(err, <-ran, <-watching)
}

// idle delivers nothing until ctx ends.
func idle(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// handlers are what is behind each door. Who waits for something to happen is
// answered when ctx ends.
func (l *local) handlers(ctx context.Context) map[string]http.Handler {
	l.door.Stopping = ctx.Done()
	return map[string]http.Handler{
		"gateway":       l.metrics.Door("gateway", gateway(l.door.Handler(), l.hooks, l.desk, l.relay, l.instances(), l.system, l.gate)),
		"notifications": l.metrics.Door("notifications", told(l.door.Handler(), l.desk, l.gate)),
		"saga":          l.metrics.Door("saga", probed(l.desk.Sagas(), l.gate)),
	}
}
