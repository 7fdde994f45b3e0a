package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tourbillon/internal/web"
)

func ExampleProblem() {
	w := httptest.NewRecorder()
	web.Problem{
		Kind: "invalid", Title: "Request cannot be taken", Status: http.StatusUnprocessableEntity, Detail: "Mend the fields.",
		Fields: []web.Field{{Pointer: "/seats", Detail: "is below 1"}},
	}.Write(w)
	fmt.Println(w.Code, w.Body)
	// Output:
	// 422 {"type":"urn:tourbillon:problem:invalid","title":"Request cannot be taken","status":422,"detail":"Mend the fields.","errors":[{"pointer":"/seats","detail":"is below 1"}]}
}

func TestProblem_RetryAfterIsRoundedUp(t *testing.T) {
	w := httptest.NewRecorder()
	web.Problem{Kind: "again", Status: http.StatusServiceUnavailable, After: 1100 * time.Millisecond}.Write(w)
	if got := w.Header().Get("Retry-After"); got != "2" {
		t.Errorf("got %q", got)
	}
}

func TestPage(t *testing.T) {
	for query, want := range map[string]struct {
		cursor string
		limit  int
		wrong  bool
	}{
		"":                    {"", web.DefaultPage, false},
		"?cursor=abc&limit=7": {"abc", 7, false},
		"?limit=200":          {"", 200, false},
		"?limit=0":            {wrong: true},
		"?limit=201":          {wrong: true},
		"?limit=-1":           {wrong: true},
		"?limit=many":         {wrong: true},
	} {
		t.Run("a page of "+query, func(t *testing.T) {
			cursor, limit, wrong := web.Page(httptest.NewRequest("GET", "/"+query, nil))
			if cursor != want.cursor || limit != want.limit || (wrong != nil) != want.wrong {
				t.Errorf("got %q, %d, %v", cursor, limit, wrong)
			}
		})
	}
}

func TestOperators(t *testing.T) {
	both := web.Operators{Token: "secret", Loopback: true}
	for _, c := range []struct {
		says string
		o    web.Operators
		set  func(*http.Request)
		may  bool
	}{
		{"a program on this machine may come in", both, func(*http.Request) {}, true},
		{"by the address of version 6 too", both, func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:4711", "[::1]:8080" }, true},
		{"by the name localhost too", both, func(r *http.Request) { r.Host = "localhost:8080" }, true},
		{"from another machine nobody may", both, func(r *http.Request) { r.RemoteAddr = "192.0.2.1:4711" }, false},
		{"a name that was pointed at this machine is not enough", both, func(r *http.Request) { r.Host = "evil.example:8080" }, false},
		{"what came through a proxy is not local", both, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }, false},
		{"nor what any other header of a proxy tells of", both, func(r *http.Request) { r.Header.Set("X-Forwarded-Host", "") }, false},
		{"nor what a proxy of the old kind sends", both, func(r *http.Request) { r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.0", 1, 0 }, false},
		{"the scheme may be in small letters", both, func(r *http.Request) { r.Header.Set("Authorization", "bearer secret") }, true},
		{"another scheme is not mended by coming from here", both, func(r *http.Request) { r.Header.Set("Authorization", "Basic secret") }, false},
		{"another site's page may not write", both, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, false},
		{"another site's page may not read", both, func(r *http.Request) { r.Method = "GET"; r.Header.Set("Sec-Fetch-Site", "cross-site") }, false},
		{"our own page may", both, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, true},
		{"the token is enough from anywhere", both, bearing("secret"), true},
		{"another token is not", both, bearing("secrets"), false},
		{"a wrong token is not mended by coming from here", both, func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, false},
		{"where there is no token, none is right", web.Operators{}, bearing(""), false},
		{"where loopback counts for nothing, it lets nobody in", web.Operators{Token: "secret"}, func(*http.Request) {}, false},
		{"the zero value lets nobody in", web.Operators{}, func(*http.Request) {}, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", nil)
			r.RemoteAddr, r.Host = "127.0.0.1:4711", "127.0.0.1:8080"
			c.set(r)
			w := httptest.NewRecorder()
			c.o.Only(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { web.JSON(w, 200, "in") })).ServeHTTP(w, r)
			if in := w.Code == 200; in != c.may {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			var p struct{ Title string }
			if err := json.Unmarshal(w.Body.Bytes(), &p); w.Code != 200 && (err != nil || p.Title == "" || w.Header().Get("WWW-Authenticate") == "") {
				t.Errorf("refused with %v %s", w.Header(), w.Body)
			}
		})
	}
}

func bearing(token string) func(*http.Request) {
	return func(r *http.Request) {
		r.RemoteAddr, r.Host = "192.0.2.1:4711", "api.example"
		r.Header.Set("Authorization", "Bearer "+token)
	}
}

func TestPlain(t *testing.T) {
	h := web.Plain(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for path, want := range map[string]int{
		"/": 204, "/bookings": 204, "/bookings/": 204, "/bookings/a": 204,
		"//bookings": 404, "/bookings/../sagas": 404, "/bookings//a": 404, "/./bookings": 404, "/..": 404,
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = path
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
}
