package kafka

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// health tells the log when Kafka goes and when it is back: once each, however
// many wait for it, and at most every few seconds. Where it goes because it
// stopped, and then does not let us in, both are said.
type health struct {
	log *slog.Logger

	mu   sync.Mutex
	away time.Time // since when it does not answer; zero while it does
	told bool      // whether that was said
	shut bool      // and that it does not let us in
	last time.Time // when anything was said
}

// quiet is how long the log is left alone.
const quiet = 5 * time.Second

// saw is told of everything that was asked of Kafka.
func (h *health) saw(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	switch {
	case err == nil && h.away.IsZero():
	case err == nil:
		if h.told {
			h.log.Info("Kafka answers again", "away", now.Sub(h.away).Round(time.Millisecond))
			h.last = now
		}
		h.away, h.told, h.shut = time.Time{}, false, false
	default:
		if h.away.IsZero() {
			h.away = now
		}
		shut := refused(err)
		if h.told && (h.shut || !shut) || now.Sub(h.last) <= quiet {
			return
		}
		if shut {
			h.log.Error("Kafka does not let us in: trying on", "err", err)
		} else {
			h.log.Warn("Kafka does not answer as it should: trying on", "err", err)
		}
		h.told, h.shut, h.last = true, shut, now
	}
}

// isAway reports whether Kafka did not answer when it was asked last.
func (h *health) isAway() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.away.IsZero()
}

// talk passes on what the library says of itself, for who looks closely.
func talk(log *slog.Logger, attrs ...any) kafka.Logger {
	return kafka.LoggerFunc(func(format string, args ...any) {
		log.Debug("kafka-go: "+fmt.Sprintf(format, args...), attrs...)
	})
}
