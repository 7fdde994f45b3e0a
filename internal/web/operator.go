package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Operators says who may come in as an operator: who bears the token, and,
// where Loopback is set, who comes from this very machine by a loopback
// address and name, not through a proxy, and not from another site's page. The
// zero value lets nobody in. Behind a sidecar or a proxy everybody comes from
// loopback: leave Loopback unset there.
type Operators struct {
	Token    string
	Loopback bool
}

// Only lets operators through to h, and answers others with 401.
func (o Operators) Only(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.May(r) {
			h.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="operator"`)
		Problem{
			Kind: "operators-only", Title: "For operators", Status: http.StatusUnauthorized,
			Detail: "Send the operator's token as the header Authorization: Bearer TOKEN, or come from the machine itself.",
		}.Write(w)
	})
}

// May reports whether the request is an operator's. Who shows a token is judged
// by that alone.
func (o Operators) May(r *http.Request) bool {
	shown := r.Header.Get("Authorization")
	if shown == "" {
		return o.Loopback && local(r)
	}
	scheme, token, _ := strings.Cut(shown, " ")
	return strings.EqualFold(scheme, "Bearer") && o.Token != "" && same(strings.TrimSpace(token), o.Token)
}

// same compares in constant time, whatever the lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// local reports whether a program on this machine asks. The name that it asked
// for counts too: a page whose own name was pointed at loopback asks for that
// name. A browser says where a page's request comes from, and most proxies that
// they are one; those that speak HTTP/1.0, as nginx does unless it is told
// otherwise, are known by that.
func local(r *http.Request) bool {
	if !loopbackAddr(r.RemoteAddr) || !loopbackName(r.Host) || !r.ProtoAtLeast(1, 1) {
		return false
	}
	for name := range r.Header {
		if slices.Contains(proxies, name) || strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "X-Envoy-") {
			return false
		}
	}
	return new(http.CrossOriginProtection).Check(r) == nil && !crossSite(r)
}

// proxies are the headers by which proxies tell of themselves.
var proxies = []string{"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip"}

// crossSite reports whether a browser asks for another site's page. The
// standard library's protection lets safe methods through; ours read what is
// nobody else's business.
func crossSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	return true
}

func loopbackAddr(remote string) bool {
	ap, err := netip.ParseAddrPort(remote)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

func loopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
