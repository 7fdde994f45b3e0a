package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tourbillon/events"
	"tourbillon/events/kafka"
	"tourbillon/internal/metrics"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
	"tourbillon/knative"
	"tourbillon/realtime/engineio"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/ws"
)

// relaySettings are who may connect to the relay, and how.
type relaySettings struct {
	RelayPort int
	Pages     gate.Origins   // whose pages may
	Proxies   []netip.Prefix // who is believed about where a request came from
	Polling   bool           // Socket.IO may begin with long-polling

	plain  ws.Options // tests are in more of a hurry
	engine engineio.Options
}

// settingsOfRelay are read with all others.
var settingsOfRelay = []setting{
	{name: "WEBSOCKET_PORT", or: "3007", means: "where the relay listens; 0 is any free port",
		take: func(c *config, v string) error { return c.relayPort(v) }},
	{name: "WEBSOCKET_CORS_ORIGIN", means: "whose pages may connect to the relay, such as https://app.example.com,https://*.example.org; unset: those of its own host",
		take: func(c *config, v string) (err error) { c.Pages, err = gate.ParseOrigins(v); return err }},
	{name: "WEBSOCKET_PROXIES", means: "addresses of proxies that the relay believes about where a request came from, such as 10.0.0.0/8; unset: none",
		take: func(c *config, v string) error { return c.proxies(v) }},
	{name: "WEBSOCKET_POLLING", or: "true", means: "whether Socket.IO may begin with long-polling; set false where nothing has a session's requests all come to one replica",
		take: func(c *config, v string) error { return truth(&c.Polling, v) }},
}

func (c *config) relayPort(v string) (err error) {
	if c.RelayPort, err = strconv.Atoi(v); err != nil || c.RelayPort < 0 || c.RelayPort > 65535 {
		return fmt.Errorf("%q is no port: set 0 (any that is free) to 65535", v)
	}
	return nil
}

func (c *config) proxies(v string) error {
	for _, one := range several(v) {
		if !strings.Contains(one, "/") {
			if at, err := netip.ParseAddr(one); err == nil {
				one = netip.PrefixFrom(at, at.BitLen()).String()
			}
		}
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return fmt.Errorf("%q is no address: set a list such as 10.0.0.0/8,192.0.2.7", one)
		}
		c.Proxies = append(c.Proxies, p.Masked())
	}
	return nil
}

// alone is a relay in a process of its own.
type alone struct {
	config
	addr string
	json bool
}

func (k *console) relayCommand() *cobra.Command {
	a := alone{config: k.config}
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Run the relay alone: seats and bookings as they stand, to all who watch",
		Long: `Run the relay alone: seats and bookings as they stand, to all who watch.

It reads the records (REDIS_URL), hears the facts (KAFKA_BROKERS, else RABBITMQ_URL), and writes to neither.
As many may run as are needed. It answers at /ws, /sse and /socket.io/; /readyz says whether it sees its
feed and the records. When it is told to stop it asks those who are there to come back, a few at a time.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.json = k.json()
			log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: a.Log}))
			return a.run(cmd.Context(), k.out, log)
		},
	}
	cmd.Flags().StringVar(&a.addr, "addr", net.JoinHostPort("127.0.0.1", strconv.Itoa(k.RelayPort)), "where it listens; port 0 is any free one")
	return cmd
}

// errNothingToRelay is a relay that would see nothing of any system.
var errNothingToRelay = errors.New("a relay alone sees what others have on servers: set REDIS_URL, and KAFKA_BROKERS or RABBITMQ_URL (`tourbillon up` has a relay of its own)")

func (a alone) run(ctx context.Context, out io.Writer, log *slog.Logger) (err error) {
	if a.Redis == "" || a.Rabbit == "" && len(a.Kafka) == 0 {
		return errNothingToRelay
	}
	backend, own, err := openStore(ctx, a.servers, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	past, letters, end, err := a.past(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	records := store.New(backend)
	r := newRelay(a.relaySettings, a.Token, past, records, counted(letters), log)
	defer r.close()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", a.addr)
	if err != nil {
		return fmt.Errorf("%w: set --addr to another address", err)
	}
	if err := a.announce(out, l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	m := metrics.New(records)
	m.Relay(r.hub, r.gate)
	return r.live(ctx, l, r.handler(web.Operators{Token: a.Token, Loopback: a.Trust}, m.Handler()))
}

// live serves the relay, whose hub lives until all have left.
func (r *relay) live(ctx context.Context, l net.Listener, h http.Handler) error {
	living, die := context.WithCancel(context.WithoutCancel(ctx))
	defer die()
	var both errgroup.Group
	both.Go(func() error { return r.hub.Run(living) })
	both.Go(func() error {
		defer die()
		return r.serve(ctx, l, h)
	})
	return both.Wait()
}

// past opens the history alone, of all that carries events, and what that has of
// the dead letters of each Broker.
func (a alone) past(ctx context.Context, log *slog.Logger) (events.History, map[string]lettered, func() error, error) {
	m, err := knative.Read(knative.Base())
	if err != nil {
		return nil, nil, nil, err
	}
	all := a.carried(m)
	i := slices.IndexFunc(all, func(c carrier) bool { return c.history })
	if i < 0 {
		return nil, nil, nil, errNothingToRelay // the manifests in the program have a history
	}
	t, err := a.carry(ctx, all[i], nil, log)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("hear Broker %s: %w", all[i].brokers[0], err)
	}
	letters := map[string]lettered{all[i].brokers[0]: t}
	if k, ok := t.(*kafka.Transport); ok { // which keeps those of others
		for _, c := range all {
			letters[c.brokers[0]] = k.Letters(c.brokers[0])
		}
	}
	return t.(events.History), letters, t.Close, nil
}

func (a alone) announce(out io.Writer, at net.Addr) error {
	url := "http://" + at.String()
	if a.json {
		return json.NewEncoder(out).Encode(map[string]string{"realtime": url})
	}
	_, err := fmt.Fprintf(out, "The relay is up: %s.\n  %s  /ws, /sse and /socket.io/\nCtrl-C stops it.\n", a.servers, url)
	return err
}
