// Package console is the one page from which people watch and operate the
// system, as it is served: HTML, a style sheet and modules, with nothing to
// build and nothing fetched from elsewhere.
//
//	GET /               the page, for browsers; others get what is behind it
//	GET /console/...    its parts
//
// It does everything by the public doors: the API, the relay's /ws, and where
// its reader is an operator, the operators' side. It decides nothing itself.
// Nothing of it is secret; an operator's token stays in the browser's tab.
package console
