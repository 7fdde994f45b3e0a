package client_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"tourbillon/realtime/client"
)

func TestServe(t *testing.T) {
	w := httptest.NewRecorder()
	client.Serve().ServeHTTP(w, httptest.NewRequest("GET", "/tourbillon.js", nil))
	if kind := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(kind, "text/javascript") || w.Body.Len() != len(client.Script) {
		t.Errorf("%d, %d bytes of %s", w.Code, w.Body.Len(), kind)
	}
	if text := w.Body.String(); strings.Contains(text, "import(") || strings.Contains(text, "\nimport ") {
		t.Error("it depends on something")
	}
}
