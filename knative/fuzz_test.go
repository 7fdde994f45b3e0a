package knative_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"tourbillon/knative"
)

// FuzzRead holds that no file makes Read panic, and that it never says both
// yes and no.
func FuzzRead(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte(broker("RabbitMQBroker", delivery("retry: 1")) + service("a") + to("t", "a", wants("a: b"), "")))
	files, err := fs.Glob(knative.Base(), "*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(knative.Base(), file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := knative.Read(fstest.MapFS{"a.yaml": {Data: text}})
		if (m == nil) == (err == nil) {
			t.Errorf("got %v, %v", m, err)
		}
		if m != nil {
			m.Flows()
		}
	})
}
