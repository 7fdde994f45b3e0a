// Package metrics is what the functions look like to Prometheus.
//
//	function ──arrow.Observation──► Observe ──┐
//	door     ────────request──────► Door    ──┼──► Handler ──► a scrape
//	records  ◄──counted at each scrape────────┤
//	parts    ◄──scraped at each scrape────────┘
//
// Promised: every label's values come from a list that is closed when the
// program starts, so that no stranger can make series; what is not of the list
// is counted under "". A store that is down is said by tourbillon_store_up, and
// fails nothing else of a scrape.
//
// Not promised: that an event is counted once. A redelivery is a delivery, and
// an end that is said again is another observation of the time from end to end.
package metrics
