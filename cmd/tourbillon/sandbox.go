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
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/functions/clock"
	"tourbillon/internal/arrow"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/postfake"
	"tourbillon/internal/provider/remote"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/provider/stripe/fake"
	"tourbillon/internal/standin"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/web"
)

// providers is the payment sandbox, the mailbox and the stand-ins in a process of
// their own: a bank and a post office that know nothing of Tourbillon's records
// and outlive its crashes. Their books are in memory.
type providers struct {
	config
	addr  string
	hooks string // the system that hears the stand-ins' webhooks; empty: nobody
	seed  uint64
	json  bool
}

// sandboxTick is how often outcomes that come later are looked for.
const sandboxTick = time.Second

func (k *console) sandboxCommand() *cobra.Command {
	p := providers{config: k.config}
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run the payment sandbox, the mailbox and stand-ins for the providers in a process of their own",
		Long: `Run the payment sandbox, the mailbox and stand-ins for the providers in a process of their own.

Start the system with TOURBILLON_SANDBOX_URL and TOURBILLON_MAILBOX_URL set to the address
that this prints. With K_SINK set to a broker of that system, payments that are decided later
are announced there, as a provider's webhook would; without it, they are found when the system
looks. It speaks as Stripe's API does, too: set STRIPE_API_URL to its address and STRIPE_SECRET_KEY to
anything that begins with sk_test_. Cards are Stripe's for tests: ` + cards() + `.
Any other is declined. GET /ledger has its books; PUT /mishap {"path":"/v1/payment_intents/*/confirm","lose":true}
has one of its calls go wrong. Its webhooks need STRIPE_WEBHOOK_SECRET; all webhooks are posted to the system of
--hooks, which PUT /hooks {"to":"http://..."} changes, and wait where there is none.

It speaks as SendGrid, Mailgun, Twilio and Amazon SNS do, too: set SENDGRID_API_URL, MAILGUN_API_BASE,
TWILIO_API_URL and AWS_ENDPOINT_URL_SNS to its address, and their keys to anything. GET /messages has what each
accepted, and how often; ?provider=, reference=, to= and about=TEXT choose.
PUT /providers/sendgrid {"is":"down"} has one be up, down, unavailable (503), busy (429, "retryAfter":
seconds) or lose its answers, with "times" for so many requests; "refuses":[ADDRESS] has it refuse some for good.
GET /providers says how each is, and how often it was asked.
POST /tell {"provider":"sendgrid","kind":"bounce","booking":ID} has one tell by webhook what came of a
message, which may be named by "notification" or "to" as well:
` + tidings() + `.
{"provider":"twilio","kind":"STOP","from":"+33612345678"} is somebody who writes to us. SendGrid's are signed for the
SENDGRID_WEBHOOK_KEY that GET /keys tells, which is another each time that this starts; Mailgun's by
MAILGUN_WEBHOOK_KEY, and Twilio's by TWILIO_AUTH_TOKEN for TOURBILLON_PUBLIC_URL: set the same for both.

PUT /trouble {"refuse":0.1,"lose":0.1,"late":0.1,"delay":"25s"} has calls to any of them go wrong, each
with its chance; GET /counts says how many there were. What it knows ends with the process.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.json = k.json()
			log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: p.Log}))
			return p.run(cmd.Context(), k.out, log)
		},
	}
	cmd.Flags().StringVar(&p.addr, "addr", "127.0.0.1:3010", "where it listens; port 0 is any free one")
	cmd.Flags().StringVar(&p.hooks, "hooks", "", "the system that webhooks are posted to, such as http://127.0.0.1:8080")
	cmd.Flags().Uint64Var(&p.seed, "seed", 1, "which calls are hit by trouble")
	return cmd
}

// tidings are what each message provider can tell.
func tidings() string {
	var all []string
	for _, p := range postfake.Providers() {
		if kinds := standin.Kinds(p); len(kinds) > 0 {
			all = append(all, p+"'s "+strings.Join(kinds, ", "))
		}
	}
	return strings.Join(all, ";\n")
}

// cards are the payment methods that the stand-in for Stripe knows, on lines.
func cards() string {
	text, width := "", 0
	for i, m := range fake.Methods() {
		if i > 0 {
			text += ","
		}
		if width += len(m) + 2; width > 95 {
			text, width = text+"\n"+m, len(m)
			continue
		}
		text += " " + m
	}
	return strings.TrimPrefix(text, " ")
}

func (p providers) run(ctx context.Context, out io.Writer, log *slog.Logger) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", p.addr)
	if err != nil {
		return fmt.Errorf("%w: set --addr to another address", err)
	}
	at := "http://" + l.Addr().String()
	if p.json {
		err = json.NewEncoder(out).Encode(map[string]string{"sandbox": at})
	} else {
		_, err = fmt.Fprintf(out, "The payment sandbox, the mailbox and the stand-ins are up: set TOURBILLON_SANDBOX_URL (or STRIPE_API_URL) and TOURBILLON_MAILBOX_URL (or the message providers' addresses) to\n  %s\nCtrl-C stops them, and what they know.\n", at)
	}
	if err != nil {
		return errors.Join(err, l.Close())
	}
	room, err := p.mailroom(log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	records := store.New(memory.New())
	set := fake.Settings{Late: late, Slow: lease + deadline, Bank: at + sandbox.PagePath}
	if len(p.StripeHooks) == 0 {
		log.Info("STRIPE_WEBHOOK_SECRET is not set: no webhooks of Stripe's are told")
	} else {
		set.Emit = func(event []byte) { room.tells.emit(standin.StripeHook(p.StripeHooks[0], event)) }
	}
	acts := fake.New(set)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return room.tells.run(ctx) })
	g.Go(func() error { return p.goOn(ctx, acts) })
	g.Go(func() error { return functions.Serve(ctx, l, p.handler(records, acts, room), new(functions.Gate)) })
	if p.Sink != nil {
		g.Go(func() error { return p.announce(ctx, records, log) })
	}
	return g.Wait()
}

// mailroom is the message providers, which sign with what the system knows them by.
func (p providers) mailroom(log *slog.Logger) (mailroom, error) {
	s := standin.PostSettings{Public: p.hooksAt(), Now: now}
	if len(p.MailgunKeys) > 0 {
		s.Mailgun = p.MailgunKeys[0]
	}
	if len(p.TwilioTokens) > 0 {
		s.Twilio = p.TwilioTokens[0]
	}
	far, err := standin.NewPost(s)
	return mailroom{far, newCaller(p.hooks, log)}, err
}

// handler answers calls, which may go wrong, and who makes them go wrong.
func (p providers) handler(r *store.Records, acts *fake.Fake, room mailroom) http.Handler {
	calls := http.NewServeMux()
	own := newSandbox(r)
	own.Mount(calls)
	calls.Handle("/v1/", acts)
	handle(calls, room, postfake.Patterns()...)
	mailbox.New(r, now).Mount(calls)
	line := remote.NewLine(calls, p.seed, sleep)
	mux := http.NewServeMux()
	books := shelves{own, standin.Stripe{Fake: acts}}
	handle(mux, line, "POST /payments/", "POST /mail/")
	handle(mux, calls, "POST /mail/list") // the books are always open
	handle(mux, ledger(books), "GET /ledger")
	handle(mux, disputing(books), "POST /sandbox/dispute/{intent}")
	remote.Handle(mux, sandbox.PathLedger, func(ctx context.Context, _ struct{}) ([]sandbox.Intent, error) { return books.Ledger(ctx) })
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) { web.JSON(w, http.StatusOK, line.Counts()) })
	mux.Handle("PUT /trouble", changed(line.Set))
	mux.HandleFunc("GET /mishaps", func(w http.ResponseWriter, _ *http.Request) {
		web.JSON(w, http.StatusOK, map[string]int{"pending": acts.Pending()})
	})
	mux.Handle("PUT /mishap", changed(func(m mishap) error { return fail(acts, m) }))
	mux.Handle("PUT /hooks", changed(func(h hooks) error { room.tells.set(h); return nil }))
	room.mount(mux)
	public := http.NewServeMux()
	public.Handle("/", web.Operators{Token: p.Token, Loopback: p.Trust}.Only(mux))
	handle(public, line, append(postfake.Patterns(), "/v1/")...) // whoever has a key, as with the real ones
	public.Handle(sandbox.PagePath, sandbox.Page(books))
	return web.Plain(public)
}

// changed takes over a setting of this process, as JSON.
func changed[T any](set func(T) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var v T
		body := json.NewDecoder(io.LimitReader(r.Body, web.MaxBody))
		body.DisallowUnknownFields() // what is misspelt would change nothing, and nobody would know
		err := body.Decode(&v)
		if err == nil {
			err = set(v)
		}
		if err != nil {
			web.Problem{Kind: "body", Title: "It cannot be read", Status: http.StatusBadRequest, Detail: err.Error()}.Write(w)
			return
		}
		web.JSON(w, http.StatusOK, v)
	})
}

// goOn has what Stripe decides later decided, until ctx ends.
func (providers) goOn(ctx context.Context, acts *fake.Fake) error {
	t := time.NewTicker(sandboxTick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			acts.Pass()
		}
	}
}

// announce publishes what has been decided late to the sink, until ctx ends.
// What cannot be published comes again when its claim ends.
func (p providers) announce(ctx context.Context, r *store.Records, log *slog.Logger) error {
	due := clock.Function(r, sink{httpSink{p.Sink}})
	t := time.NewTicker(sandboxTick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if _, err := due.Handle(ctx, arrow.Ports{Records: r, Now: now}, events.Event{}); err != nil && ctx.Err() == nil {
			log.Warn("a late outcome is not announced yet", "err", err)
		}
	}
}
