package operator

import "net/http"

// MostLooked is how many records one request looks at.
const MostLooked = mostLooked

// Doors are the desk's handlers by name, and the routes of each.
func (d Desk) Doors() map[string]http.Handler {
	return map[string]http.Handler{
		"Sagas": d.Sagas(), "Notifications": d.Notifications(), "Events": d.Events(), "Arrows": d.Arrows(), "Customers": d.Customers(),
		"Audit": d.Audit(),
	}
}

// Routes are the routes of all doors, as "GET /sagas".
func (d Desk) Routes() map[string][]string {
	routes := make(map[string][]string)
	for name, rs := range map[string][]route{
		"Sagas": d.sagas(), "Notifications": d.notifications(), "Events": d.events(), "Arrows": d.arrows(), "Customers": d.customers(),
		"Audit": d.audit(),
	} {
		for _, r := range rs {
			routes[name] = append(routes[name], r.method+" "+r.path)
		}
	}
	return routes
}
