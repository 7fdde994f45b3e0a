package functions

import (
	"net/http"

	framework "github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

// Doors are the functions that take no CloudEvents, so that no Broker delivers
// to them: strangers post to them what they turn into events.
var Doors = []string{"webhook"}

// RegisterDoor declares h to the functions framework as the function called
// name, beside the probes. Its requests are counted in g.
func RegisterDoor(name string, h http.Handler, g *Gate) {
	framework.HTTP(name, Door(h, g).ServeHTTP)
}

// Door is h beside the probes that every function answers.
func Door(h http.Handler, g *Gate) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !probed(w, r, g) {
			defer g.Enter()()
			h.ServeHTTP(w, r)
		}
	})
}
