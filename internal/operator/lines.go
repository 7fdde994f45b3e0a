package operator

import (
	"encoding/json"
	"net/http"
	"time"
)

// lines answers with one JSON document a line, each as it is known. The answer
// begins with the first, so that what goes wrong before is a problem still;
// what does after is the last line, an object with an error.
type lines struct {
	w     http.ResponseWriter
	begun bool
	n     int
}

// lineTime is how long a reader may take for one line.
const lineTime = time.Minute

func (l *lines) put(v any) error {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson")
		l.w.Header().Set("Cache-Control", "no-store")
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	to := http.NewResponseController(l.w)
	_ = to.SetWriteDeadline(time.Now().Add(lineTime)) // without one it has the server's, which is shorter
	if _, err := l.w.Write(append(raw, '\n')); err != nil {
		return err
	}
	if l.n++; l.n < 100 || l.n%100 == 0 {
		_ = to.Flush() // a writer that cannot is no reason to say nothing
	}
	return nil
}

// end answers an error: as a problem, or where lines were written as the last.
func (l *lines) end(d Desk, what string, err error) error {
	if err == nil || !l.begun {
		return err
	}
	d.Log.Warn("operator", "route", what, "err", err)
	return l.put(map[string]string{"error": "It could not be finished: the log says why. Ask again."})
}
