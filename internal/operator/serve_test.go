package operator_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tourbillon/internal/operator"
	"tourbillon/internal/store"
)

// filled is a route's path with something in its braces, and its method before.
func filled(route string) string {
	return strings.NewReplacer("{id}", "0123456789abcdef", "{name}", "book", "{broker}", "bookings", "{letter}", "17").Replace(route)
}

func TestDesk_EveryHandlerIsForOperators(t *testing.T) {
	w := newWorld(t)
	routes := w.Routes()
	desk, doors := reflect.ValueOf(w.Desk), 0
	for i := range desk.NumMethod() {
		name := desk.Type().Method(i).Name
		door, ok := desk.Method(i).Interface().(func() http.Handler)
		if !ok {
			continue
		}
		doors++
		if len(routes[name]) == 0 {
			t.Errorf("%s has no routes that this test knows of", name)
		}
		for _, route := range append(routes[name], "GET /", "GET /nothing", "PATCH /sagas", "POST //sagas") {
			t.Run("nobody but an operator gets through "+name+" to "+route, func(t *testing.T) {
				for says, set := range map[string]func(*http.Request){
					"a stranger":                   func(*http.Request) {},
					"a wrong token":                func(r *http.Request) { r.Header.Set("Authorization", "Bearer operators") },
					"a local program, not allowed": func(r *http.Request) { r.RemoteAddr, r.Host = "127.0.0.1:4711", "127.0.0.1" },
				} {
					method, path, _ := strings.Cut(filled(route), " ")
					r := httptest.NewRequest(method, path, strings.NewReader("{}"))
					set(r)
					rw := httptest.NewRecorder()
					door().ServeHTTP(rw, r)
					if rw.Code != http.StatusUnauthorized {
						t.Errorf("%s gets %d %s", says, rw.Code, rw.Body)
					}
				}
			})
		}
	}
	if doors != len(routes) {
		t.Errorf("there are %d handlers and routes of %d", doors, len(routes))
	}
}

// TestDoc compares the table of the package comment with the routes.
func TestDoc(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var told, all []string
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == "//" && (f[1] == "GET" || f[1] == "POST") {
			path, _, _ := strings.Cut(f[2], "?")
			told = append(told, f[1]+" "+path)
		}
	}
	for _, routes := range new(operator.Desk).Routes() {
		all = append(all, routes...)
	}
	slices.Sort(told)
	slices.Sort(all)
	if !slices.Equal(told, all) {
		t.Errorf("the comment tells of\n%q\nand there are\n%q", told, all)
	}
}

func TestDesk_Methods(t *testing.T) {
	w := newWorld(t)
	for name, door := range w.Doors() {
		allowed := map[string][]string{}
		for _, route := range w.Routes()[name] {
			method, path, _ := strings.Cut(filled(route), " ")
			allowed[path] = append(allowed[path], method)
			if method == "GET" {
				allowed[path] = append(allowed[path], "HEAD")
			}
		}
		for path, methods := range allowed {
			slices.Sort(methods)
			for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"} {
				if slices.Contains(methods, method) {
					continue
				}
				t.Run(method+" "+path+" is not allowed", func(t *testing.T) {
					a := w.refused(door, http.StatusMethodNotAllowed, method+" "+path, "method-not-allowed")
					if got, want := a.header.Get("Allow"), strings.Join(methods, ", "); got != want {
						t.Errorf("allowed is %q, want %q", got, want)
					}
				})
			}
		}
		t.Run(name+" tells what there is, where nothing is", func(t *testing.T) {
			for _, path := range []string{"/", "/nothing", "/sagas/", "/sagas/a/b/c", "/events/a/b", "/functions/", "/healthz"} {
				w.refused(door, http.StatusNotFound, "GET "+path, w.Routes()[name][0])
			}
		})
	}
}

func TestDesk_StoreIsDown(t *testing.T) {
	w := newWorld(t)
	w.open()
	id := w.book("tok_visa")
	w.run()
	w.down = errors.New("the broker of " + id + " is down")
	w.store.Fail(store.ErrUnavailable)
	for name, door := range w.Doors() {
		for _, route := range w.Routes()[name] {
			if name == "Arrows" || route == "POST /customers/find" || strings.HasSuffix(route, "/templates") || strings.Contains(route, "/events") || strings.Contains(route, "/replay") {
				continue
			}
			t.Run(route+" says to ask again", func(t *testing.T) {
				body := "{}"
				switch route {
				case "POST /notifications":
					body = `{"bookingId":"` + id + `"}`
				case "POST /notifications/test":
					body = `{"to":"ada@example.com","template":"booking.confirmed"}`
				}
				w.refused(door, http.StatusServiceUnavailable, filled(strings.ReplaceAll(route, "{id}", id)), "again", body)
			})
		}
	}
	if log := w.log.String(); !strings.Contains(log, store.ErrUnavailable.Error()) {
		t.Errorf("the log does not say what is down: %s", log)
	}
	t.Run("so it does where only the broker is down", func(t *testing.T) {
		w.store.Fail(nil)
		for _, what := range []string{"POST /sagas/" + id + "/cancel", "GET /dead-letters"} {
			a := w.refused(door(w, what), http.StatusServiceUnavailable, what, "again")
			if strings.Contains(a.body, id) {
				t.Errorf("it shows the error: %s", a.body)
			}
		}
	})
}

func door(w *world, what string) http.Handler {
	if strings.Contains(what, "/sagas") {
		return w.Sagas()
	}
	return w.Events()
}

func TestDesk_PagesAreBounded(t *testing.T) {
	w := newWorld(t)
	id := w.book("tok_visa")
	for name, door := range w.Doors() {
		for _, route := range w.Routes()[name] {
			method, path, _ := strings.Cut(strings.ReplaceAll(route, "{id}", id), " ")
			one := strings.HasPrefix(path, "/sagas/") || strings.HasPrefix(path, "/events/") || strings.HasPrefix(path, "/customers/") || strings.HasPrefix(path, "/dead-letters/")
			if method != "GET" || name == "Audit" || path == "/templates" || one {
				continue
			}
			t.Run(path+" refuses what is no page", func(t *testing.T) {
				for _, query := range []string{"limit=0", "limit=201", "limit=99999999999999999999", "limit=-1", "cursor=%00", "cursor=!!", "cursor=PENDING", "cursor=AAAA"} {
					parameter, _, _ := strings.Cut(query, "=")
					w.refused(door, http.StatusBadRequest, "GET "+path+"?"+query, parameter+": ")
				}
			})
		}
	}
}
