package gate

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Origins are those that pages may be of. An origin is written as a browser
// sends it, https://app.example.com or http://localhost:5173; * in place of the
// first label stands for any subdomain, at any depth, and never for the domain
// itself; * alone is everybody. A request from a page of the relay's own host
// is always well.
type Origins struct {
	all      bool
	exact    map[string]bool
	wildcard []pattern
}

type pattern struct{ scheme, suffix string } // "https", ".example.com:8443"

// ParseOrigins reads a list with commas between its parts, as the setting
// WEBSOCKET_CORS_ORIGIN has it. The empty list is the relay's own host alone.
func ParseOrigins(list string) (Origins, error) {
	o := Origins{exact: make(map[string]bool)}
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		switch {
		case one == "":
			continue
		case one == "*":
			o.all = true
			continue
		}
		scheme, host, ok := strings.Cut(strings.ToLower(one), "://")
		sub, wild := strings.CutPrefix(host, "*.")
		u, err := url.Parse(scheme + "://" + sub)
		if !ok || err != nil || scheme != "http" && scheme != "https" || u.Host == "" || u.Host != sub || strings.Contains(sub, "*") {
			return Origins{}, fmt.Errorf("%q is no origin: write https://app.example.com, https://*.example.com or *", one)
		}
		host = withoutDefault(scheme, sub)
		if wild {
			o.wildcard = append(o.wildcard, pattern{scheme, "." + host})
		} else {
			o.exact[scheme+"://"+host] = true
		}
	}
	return o, nil
}

// withoutDefault drops the port that a browser does not write.
func withoutDefault(scheme, host string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// Allow reports whether the request may come from where it does.
func (o Origins) Allow(r *http.Request) bool {
	if len(r.Header.Values("Origin")) > 1 {
		return false
	}
	origin := strings.ToLower(r.Header.Get("Origin"))
	if origin == "" || o.all {
		return true
	}
	scheme, host, ok := strings.Cut(origin, "://")
	if !ok {
		return false // null, of a page without an origin
	}
	host = withoutDefault(scheme, host)
	if o.exact[scheme+"://"+host] || host == withoutDefault(scheme, strings.ToLower(r.Host)) {
		return true
	}
	for _, p := range o.wildcard {
		if scheme == p.scheme && strings.HasSuffix(host, p.suffix) && len(host) > len(p.suffix) && !strings.ContainsAny(host[:len(host)-len(p.suffix)], "/@:?#") {
			return true
		}
	}
	return false
}

// Share writes the headers by which a browser lets a page of another origin
// read the answer. The request must have been allowed.
func Share(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
	}
}
