package record

import (
	"tourbillon/internal/audit"
	"tourbillon/internal/booking"
)

// AuditNames are the lists by which an audit finds the records.
func AuditNames() audit.Names {
	n := audit.Names{Tours: IndexTours, Departures: IndexDepartures, Bookings: IndexBookings, Commands: IndexCommands, Messages: IndexMessages}
	for _, s := range booking.Statuses() {
		n.Sagas = append(n.Sagas, IndexSagas(s))
	}
	return n
}
