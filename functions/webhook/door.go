package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

// Door is where providers post to. Records, Broker, Now and Log must be set; a
// provider without a secret is not set up, and is told so. It is a value that
// is not changed, and safe for concurrent use.
type Door struct {
	Records *store.Records
	Broker  arrow.Sink // where it publishes to
	Now     func() time.Time
	Log     *slog.Logger

	Secrets   Secrets
	PublicURL string   // what is before /webhooks/twilio in the address that Twilio calls, which it signs: a setting, never what a request says of itself
	Topics    []string // ARNs of the SNS topics that are taken, and whose subscription is confirmed

	Payments Payments                       // whose payment an intent is; nil: an event that does not say so is another system's
	Customer func(email string) string      // the recipient that an address stands for; nil: none is known by that alone
	Phone    func(e164 string) string       // the same of a number
	Count    func(provider, outcome string) // hears of every notice and every refusal; nil: nobody counts
	Client   *http.Client                   // fetches SNS certificates and confirms subscriptions; nil: one of its own
}

// Payments finds the booking that an intent of the payment provider was made
// for. It answers "" for one that is not ours; an error is not known.
type Payments interface {
	Booking(ctx context.Context, intentID string) (string, error)
}

// longest bounds one delivery. Providers give up after 10 seconds or more.
const longest = 8 * time.Second

// provider is one who posts here.
type provider struct {
	name string
	most int64 // bytes of a body
	is   func(Door) bool
	read func(*desk, context.Context, delivery) ([]notice, error)
}

// providers are all, with the largest body that each may send, generously.
var providers = []provider{
	{"stripe", 512 << 10, func(d Door) bool { return some(d.Secrets.Stripe) }, (*desk).stripe},
	{"sendgrid", 2 << 20, func(d Door) bool { return some(d.Secrets.SendGrid) }, (*desk).sendGrid},
	{"mailgun", 512 << 10, func(d Door) bool { return some(d.Secrets.Mailgun) }, (*desk).mailgun},
	{"twilio", 64 << 10, func(d Door) bool { return some(d.Secrets.Twilio) && d.PublicURL != "" }, (*desk).twilio},
	{"sns", 1 << 20, func(d Door) bool { return some(d.Topics) }, (*desk).sns},
}

// path is where a provider posts to.
func path(name string) string { return "/webhooks/" + name }

// desk is a door that is open.
type desk struct {
	Door
	client *http.Client
	certs  certificates
}

// delivery is one request: what of it a signature may cover.
type delivery struct {
	header http.Header
	query  string // as it was sent
	body   []byte
	now    time.Time
}

// Mount puts the door's paths into mux, for every method, and nothing else.
func (d Door) Mount(mux *http.ServeMux) {
	open := &desk{Door: d, client: d.client()}
	for _, p := range providers {
		mux.HandleFunc("POST "+path(p.name), func(w http.ResponseWriter, r *http.Request) { open.serve(p, w, r) })
		mux.HandleFunc(path(p.name), func(w http.ResponseWriter, _ *http.Request) {
			web.NotAllowed(w, http.MethodPost, "Providers post their webhooks here; there is nothing to read.")
		})
	}
}

// client asks what a message names, and goes nowhere else: it follows nobody.
func (d Door) client() *http.Client {
	c := http.Client{Timeout: longest / 2}
	if d.Client != nil {
		c = *d.Client
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// Handler is the door alone: what is not its own is not found.
func (d Door) Handler() http.Handler {
	mux := http.NewServeMux()
	d.Mount(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound.Write(w) })
	return mux
}

func (d *desk) serve(p provider, w http.ResponseWriter, r *http.Request) {
	defer d.recovers(p, w)
	ctx, cancel := context.WithTimeout(r.Context(), longest)
	defer cancel()
	notices, err := d.take(ctx, p, w, r)
	d.report(ctx, p, notices, err)
	if err != nil {
		answer(w, err)
		return
	}
	w.WriteHeader(http.StatusOK) // and no other: Mailgun sends again after a 204
}

// take does everything about one delivery. It returns what became of each
// notice, or why nothing was taken: a *refusal, or our own trouble.
func (d *desk) take(ctx context.Context, p provider, w http.ResponseWriter, r *http.Request) ([]notice, error) {
	if !p.is(d.Door) {
		return nil, &refusal{outcome: NotSetUp, problem: notSetUp, why: "it is not set up"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, p.most))
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return nil, &refusal{outcome: TooLarge, problem: tooLarge, why: "its body is too large"}
	}
	if err != nil {
		return nil, malformed("its body ended early")
	}
	notices, err := p.read(d, ctx, delivery{r.Header, r.URL.RawQuery, body, d.Now()})
	if err != nil {
		return nil, err
	}
	return notices, d.settle(ctx, p.name, notices)
}

func (d *desk) recovers(p provider, w http.ResponseWriter) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler:
		panic(v)
	default:
		// What it panicked with may hold data; where it did does not.
		d.Log.Error("panic", "provider", p.name, "stack", string(debug.Stack()))
		d.count(p.name, Failed)
		failed.Write(w)
	}
}
