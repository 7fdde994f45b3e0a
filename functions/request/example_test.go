package request_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"tourbillon/functions/functionstest"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/saga"
)

// One process serves the door, and the function itself at the root.
func ExampleDoor_Mount() {
	now := func() time.Time { return functionstest.Noon }
	log := slog.New(slog.DiscardHandler)
	records := store.New(memory.New())
	settings := request.Settings{Secret: []byte("secret"), Hold: 15 * time.Minute, Flow: booking.Orchestration}
	ports := arrow.Ports{Records: records, Now: now, Log: log, Deadline: time.Minute}
	door := request.Door{
		Settings: settings, Records: records, Plans: saga.Shipped(), Broker: &broker{}, Now: now, Log: log,
		Take: arrow.Serve("request", ports, request.Function(settings)),
	}
	mux := http.NewServeMux()
	door.Mount(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "the function") })

	for _, path := range []string{"/bookings", "/"} {
		r := httptest.NewRequest("POST", path, strings.NewReader(strings.Replace(camille, `"seats":2`, `"seats":0`, 1)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		fmt.Println(w.Code, string(body))
	}
	// Output:
	// 422 {"type":"urn:tourbillon:problem:invalid","title":"Body cannot be taken","status":422,"detail":"Mend what is listed under errors, and send it again.","reason":"departure_unknown","errors":[{"pointer":"/departureId","detail":"there is no such departure"}]}
	// 200 the function
}
