package request_test

import (
	"net/http"
	"strings"
	"testing"

	"tourbillon/functions/request"
)

// consent is what of an answer a sender reads as leave to send.
func consent(h http.Header) string {
	return h.Get("WebHook-Allowed-Origin") + " " + h.Get("WebHook-Allowed-Rate")
}

func TestDoor_Handshake(t *testing.T) {
	h := build(t, func(d *request.Door) { d.Origins = []string{"shop.example", "partner.example"} })
	for name, headers := range map[string][]string{
		"who is allowed":                 {"WebHook-Request-Origin", "shop.example"},
		"with a rate":                    {"WebHook-Request-Origin", "partner.example", "WebHook-Request-Rate", "1000000"},
		"with an address to be visited":  {"WebHook-Request-Origin", "shop.example", "WebHook-Request-Callback", "http://169.254.169.254/latest"},
		"who writes the name in its way": {"WebHook-Request-Origin", "Shop.Example"},
	} {
		h.run(t, name+" may send", func(t *testing.T) {
			r := h.must(204, h.ask("OPTIONS", "/events", "", headers...))
			if consent(r.header) != headers[1]+" *" || r.header.Get("Allow") != "POST" || r.body != "" {
				t.Errorf("%v %s", r.header, r.body)
			}
		})
	}
	for name, headers := range map[string][]string{
		"a stranger":                  {"WebHook-Request-Origin", "evil.example"},
		"who only begins like one":    {"WebHook-Request-Origin", "shop.example.evil"},
		"who only ends like one":      {"WebHook-Request-Origin", "evil-shop.example"},
		"one below it":                {"WebHook-Request-Origin", "www.shop.example"},
		"everybody":                   {"WebHook-Request-Origin", "*"},
		"two at once":                 {"WebHook-Request-Origin", "shop.example", "WebHook-Request-Origin", "evil.example"},
		"nobody":                      nil,
		"a page of another site":      {"Origin", "https://shop.example", "Access-Control-Request-Method", "POST"},
		"a stranger who says where":   {"WebHook-Request-Origin", "evil.example", "WebHook-Request-Callback", "https://evil.example/confirm"},
		"a name with the other's too": {"WebHook-Request-Origin", "shop.example, evil.example"},
	} {
		h.run(t, name+" may not", func(t *testing.T) {
			r := h.must(403, h.ask("OPTIONS", "/events", "", headers...))
			if consent(r.header) != " " || r.problem(t).Type != "origin-not-allowed" || strings.Contains(r.body, "evil") {
				t.Errorf("%v %s", r.header, r.body)
			}
		})
	}
	h.run(t, "and other methods say that it is there", func(t *testing.T) {
		if r := h.must(405, h.ask("DELETE", "/events", "")); r.header.Get("Allow") != "POST, OPTIONS" {
			t.Errorf("%v", r.header)
		}
	})
}

func TestDoor_NoHandshakeWhereNobodyIsAllowed(t *testing.T) {
	h := build(t)
	r := h.must(405, h.ask("OPTIONS", "/events", "", "WebHook-Request-Origin", "shop.example"))
	if consent(r.header) != " " || r.header.Get("Allow") != "POST" {
		t.Errorf("%v", r.header)
	}
}
