package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tourbillon/internal/web"
)

const parts = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nwhole\r\n--x--\r\n"

func TestReadForm(t *testing.T) {
	for _, c := range []struct {
		says, media, body, encoding, kind string
	}{
		{"fields are read", "application/x-www-form-urlencoded", "a=b&c=d%26", "", ""},
		{"also with a charset", "application/x-www-form-urlencoded; charset=utf-8", "a=b", "", ""},
		{"and parts are, but for files", "multipart/form-data; boundary=x", parts, "", ""},
		{"fields that are broken are not", "application/x-www-form-urlencoded", "a=%", "", "unreadable"},
		{"nor parts that do not end", "multipart/form-data; boundary=x", parts[:20], "", "unreadable"},
		{"nor parts without a boundary", "multipart/form-data", parts, "", "unreadable"},
		{"nor what is too large", "application/x-www-form-urlencoded", strings.Repeat("x", web.MaxBody+1), "", "too-large"},
		{"nor JSON", "application/json", `{"a":"b"}`, "", "media-type"},
		{"nor what says nothing of itself", "", "a=b", "", "media-type"},
		{"nor what is compressed", "application/x-www-form-urlencoded", "a=b", "gzip", "media-type"},
	} {
		t.Run(c.says, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.media)
			r.Header.Set("Content-Encoding", c.encoding)
			got, err := web.ReadForm(httptest.NewRecorder(), r)
			p, _ := err.(web.Problem)
			if p.Kind != c.kind || c.kind == "" && (err != nil || got.Get("a") != "b" || got.Has("f")) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestAccepts(t *testing.T) {
	for accept, want := range map[string]bool{
		"text/html": true, "text/html;q=0.9, */*;q=0.1": true, "text/plain, text/html": true,
		"": false, "*/*": false, "application/json, text/html": false, "text/csv": false, "bad;;": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		if got := web.Accepts(r, "text/html"); got != want {
			t.Errorf("of %q: %t", accept, got)
		}
	}
}
