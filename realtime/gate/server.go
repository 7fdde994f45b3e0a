package gate

import (
	"log/slog"
	"net/http"
	"time"
)

// Server returns an HTTP server for the relay's doors, with bounds on what a
// peer may keep open before it has said what it wants, body included. Its writes
// have no deadline: the doors have theirs.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second, // no stream's: what is read to its end has none
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // what strangers do wrong
	}
}
