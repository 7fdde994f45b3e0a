package webhook_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/webhook"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// must is what was made, for what cannot fail here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ec(on elliptic.Curve) ecdsa.PrivateKey { return *must(ecdsa.GenerateKey(on, rand.Reader)) }

// The keys of SendGrid, before and after it was rolled, and one of nobody's.
var oldKey, newKey, noKey = ec(elliptic.P256()), ec(elliptic.P256()), ec(elliptic.P256())

func publicKey(k *ecdsa.PrivateKey) string { return spki(k.Public()) }

func spki(k crypto.PublicKey) string {
	return base64.StdEncoding.EncodeToString(must(x509.MarshalPKIXPublicKey(k)))
}

// rsaKey is SNS's.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

// certificate is one of a key, in force around noon.
func certificate(k crypto.Signer) string {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: functionstest.Noon.Add(-time.Hour), NotAfter: functionstest.Noon.Add(30 * 24 * time.Hour),
	}
	der := must(x509.CreateCertificate(rand.Reader, c, c, k.Public(), k))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

var snsCertificate = sync.OnceValue(func() string { return certificate(rsaKey()) })

// aws is where certificates are fetched from, and subscriptions confirmed.
type aws struct {
	mu    sync.Mutex
	asked []string
	down  error
	codes map[string]int    // by address; else 200
	texts map[string]string // by address; else the certificate
}

// RoundTrip answers.
func (a *aws) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	address := r.URL.String()
	a.asked = append(a.asked, address)
	if a.down != nil {
		return nil, a.down
	}
	text, ok := a.texts[address]
	if !ok {
		text = snsCertificate()
	}
	code := a.codes[address]
	if code == 0 {
		code = 200
	}
	return &http.Response{
		StatusCode: code, Header: http.Header{"Location": {"https://evil.example/"}}, Body: io.NopCloser(strings.NewReader(text)), Request: r,
	}, nil
}

// notified has a message sent by a channel, and returns its reference.
func (h *house) notified(channel string) (ref string) {
	h.t.Helper()
	ask := events.Event{ID: "ask-1", Name: events.Send, Data: events.Data{
		Booking: booking.Booking{
			ID: bookID, DepartureID: "lyon-0900", Seats: 2, Flow: booking.Choreography, Status: booking.StatusCancelled,
			TourID: "old-town", StartsAt: functionstest.Noon, TimeZone: "Europe/Paris", Price: booking.Money{Amount: 9000, Currency: "EUR"},
		},
		Occurrence: "booking.cancelled", Channel: channel, Recipient: "3f1c09a7b25e4d68", Reason: booking.ReasonCustomer,
		Amount: &booking.Money{Amount: 4500, Currency: "EUR"}, Template: "booking.cancelled", CustomerID: "c4f3b2a1", Among: 2,
	}}
	return h.sent(ask)
}

// watching has a message about a departure sent to who watches it.
func (h *house) watching() (ref string) {
	h.t.Helper()
	return h.sent(events.Event{ID: "ask-1", Name: events.Send, Data: events.Data{
		Booking:    booking.Booking{DepartureID: "lyon-0900"},
		Occurrence: "5e88489a", Template: "tour.availability.low", CustomerID: "c4f3b2a1", Channel: "mail", Recipient: "c4f3b2a1", Among: 1,
		Stock: &booking.Stock{Capacity: 10, Held: 8, Available: 2},
	}})
}

func (h *house) sent(ask events.Event) (ref string) {
	h.t.Helper()
	arrows := record.Notification("notify", func(_ context.Context, _ booking.Notification, s booking.Sending) (booking.Receipt, error) {
		ref = s.Key
		return booking.Receipt{ID: "of the provider's"}, nil
	})
	ports := arrow.Ports{Records: h.door.Records, Now: h.clock, Lease: time.Minute}
	if _, err := arrows.Handle(h.t.Context(), ports, ask); err != nil {
		h.t.Fatal(err)
	}
	return ref
}

// about wants a fact about the message that was sent.
func (h *house) about(e events.Event, code string, at time.Time) {
	h.t.Helper()
	d := e.Data
	if e.Subject != bookID || d.Status != booking.StatusCancelled || d.Occurrence != "booking.cancelled" || d.Recipient != "3f1c09a7b25e4d68" ||
		d.Template != "booking.cancelled" || d.CustomerID != "c4f3b2a1" || d.Among != 2 || d.DepartureID != "lyon-0900" ||
		d.Reason != booking.ReasonCustomer || d.Amount == nil || d.Code != code || e.Record != "" || e.Source != "/tourbillon/webhook" || !e.Time.Equal(at) {
		h.t.Errorf("says %+v, want the code %q, at %s", e, code, at)
	}
}

// left wants an opt-out.
func (h *house) left(e events.Event, channel, recipient string) {
	h.t.Helper()
	if e.Name != events.OptedOut || e.Data.Channel != channel || e.Data.Recipient != recipient || e.Subject != recipient || e.Data.ID != "" {
		h.t.Errorf("says %+v, want that %s left %s", e, recipient, channel)
	}
}

func TestRecord_ANotificationIsReadByItsID(t *testing.T) {
	h := open(t)
	ref := h.notified("push")
	n, err := record.ReadNotification(t.Context(), h.door.Records, ref)
	if err != nil || n.Booking.ID != bookID || n.Channel != "push" || n.Sent == nil {
		t.Errorf("%+v, %v", n, err)
	}
	if n, err := record.ReadNotification(t.Context(), h.door.Records, "none"); err != nil || n.Booking.ID != "" {
		t.Errorf("of none: %+v, %v", n, err)
	}
	h.store.fail(errDown, nil)
	if _, err := record.ReadNotification(t.Context(), h.door.Records, ref); !errors.Is(err, errDown) {
		t.Errorf("of a store that is down: %v", err)
	}
}

// TestRecord_AFactFindsItsMessage holds that what a provider tells of a message
// comes to that message's record, which hears it by the fact's data.
func TestRecord_AFactFindsItsMessage(t *testing.T) {
	for name, sent := range map[string]func(*house) string{
		"of a booking": func(h *house) string { return h.notified("mail") }, "of who watches a departure": (*house).watching,
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			ref := sent(h)
			said := h.takes(bySendGrid("["+element("sg-1", "delivered", ref, "")+","+element("sg-2", "bounce", ref, `,"status":"5.1.1"`)+"]"), webhook.Published, webhook.Published)
			hears := record.Notification("notify", nil)
			ports := arrow.Ports{Records: h.door.Records, Now: h.clock, Lease: time.Minute}
			for _, e := range said {
				if out, err := hears.Handle(t.Context(), ports, e); out != nil || err != nil {
					t.Errorf("%+v, %v", out, err)
				}
			}
			n, err := record.ReadNotification(t.Context(), h.door.Records, ref)
			if err != nil || n.Delivered == nil || n.Bounced == nil || n.Bounced.Code != "5.1.1" || n.State() != "bounced" {
				t.Errorf("%+v, %v", n, err)
			}
			if d := said[0].Data; d.Code != "" || d.CustomerID != n.CustomerID || d.Template != n.Template || (d.Stock == nil) != (n.Stock == nil) {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestDoor_Check(t *testing.T) {
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	p384 := ec(elliptic.P384())
	good := open(t).door
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	if err := (webhook.Door{}).Check(); err != nil {
		t.Errorf("where nobody is set up: %v", err)
	}
	bad := webhook.Door{
		Secrets: webhook.Secrets{
			SendGrid: []string{publicKey(&newKey), "-----BEGIN", "AAAA", spki(ed.Public()), publicKey(&p384)}, Twilio: []string{secret},
		},
		PublicURL: "tours.example", Topics: []string{topic, "arn:aws:sqs:eu-west-3:123456789012:tours"},
	}
	err := bad.Check()
	for _, want := range []string{"key 2 is not base64", "key 3 is not a public key", "key 4 is not a key of ECDSA", "key 5 is not a key of ECDSA", "public address", "SNS topic"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: not that %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "BEGIN") || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "key 1 ") {
		t.Errorf("%v", err)
	}
}

var _ store.Store = (*switched)(nil)
