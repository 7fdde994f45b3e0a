package operator

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Arrows takes CloudEvents to one function or one broker, by name. What is
// answered there is answered here.
func (d Desk) Arrows() http.Handler { return d.serve(d.arrows()) }

func (d Desk) arrows() []route {
	return []route{
		{"POST", "/functions/{name}", named("function", d.Functions)},
		{"POST", "/broker/{name}", named("broker", d.Brokers)},
	}
}

func named(what string, all map[string]http.Handler) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		h, ok := all[r.PathValue("name")]
		if !ok {
			return notFound("No " + what + " has this name. There are: " + strings.Join(slices.Sorted(maps.Keys(all)), ", ") + ".")
		}
		h.ServeHTTP(w, r)
		return nil
	}
}
