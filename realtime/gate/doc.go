// Package gate says who may connect: from which pages, how many, how fast; the
// same for every transport.
//
//	request ──► origin ──► draining? ──► rate ──► total ──► address ──► token ──► Pass
//	              403         503         503      503        429         429
//
// A browser sends Origin with every request of a page to another host, and with
// every WebSocket. Access-Control headers alone protect no WebSocket: so it is
// compared here, on all transports, before anything else. Who sends none is no
// browser.
package gate
