package request

import "net/http"

// audience is whom a route is for.
type audience int

const (
	anybody   audience = iota
	operators          // and nobody else
	keyed              // who shows the customer's key, and operators
	readers            // as keyed, or by a link that is a key itself: in a browser, whose answers are pages
)

// route is one operation of openapi.yaml.
type route struct {
	method, path string
	answer       func(Door, http.ResponseWriter, *http.Request) error
	who          audience
}

// routes are all that the door answers. GET answers HEAD too.
func routes() []route {
	return []route{
		{"POST", "/bookings", Door.book, anybody},
		{"GET", "/bookings", Door.findBookings, operators},
		{"GET", "/bookings/{id}", Door.showBooking, anybody},
		{"POST", "/bookings/{id}/cancel", Door.cancelBooking, anybody},
		{"GET", "/tours", Door.listTours, anybody},
		{"GET", "/tours/{id}", Door.showTour, anybody},
		{"POST", "/tours", Door.createTour, operators},
		{"PUT", "/tours", Door.updateTour, operators},
		{"PUT", "/tours/{id}", Door.updateTour, operators},
		{"GET", "/departures", Door.listDepartures, anybody},
		{"GET", "/departures/{id}", Door.showDeparture, anybody},
		{"POST", "/departures", Door.openDeparture, operators},
		{"PUT", "/departures", Door.changeDeparture, operators},
		{"PUT", "/departures/{id}", Door.changeDeparture, operators},
		{"POST", "/departures/{id}/close", Door.closeDeparture, operators},
		{"POST", "/departures/{id}/cancel", Door.cancelDeparture, operators},
		{"GET", "/departures/{id}/passengers", Door.listPassengers, operators},
		{"POST", "/departures/{id}/watch", Door.watch, anybody},
		{"DELETE", "/departures/{id}/watch", Door.unwatch, keyed},
		{"GET", "/customers/{id}/preferences", Door.showPreferences, readers},
		{"PUT", "/customers/{id}/preferences", Door.replacePreferences, readers},
		{"POST", "/customers/{id}/preferences", Door.submitPreferences, readers},
		{"GET", "/customers/{id}/notifications", Door.listTold, keyed},
		{"POST", "/customers/{id}/devices", Door.addDevice, keyed},
		{"DELETE", "/customers/{id}/devices/{device}", Door.removeDevice, keyed},
		{"GET", "/u/{token}", Door.askUnsubscribe, readers},
		{"POST", "/u/{token}", Door.unsubscribe, readers},
		{"POST", "/events", Door.hear, anybody},
		{http.MethodOptions, "/events", Door.shakeHands, anybody},
		{"GET", "/openapi.yaml", Door.describe, anybody},
	}
}

// CustomerPaths are the patterns of what the door has of one customer, for who
// has other things of customers beside it.
func CustomerPaths() []string {
	return []string{
		"/customers/{id}/preferences", "/customers/{id}/notifications", "/customers/{id}/devices", "/customers/{id}/devices/{device}",
	}
}
