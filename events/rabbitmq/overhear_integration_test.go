//go:build integration

package rabbitmq

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// overhearing is one who overhears, by the ids that it hears.
type overhearing struct {
	ids   chan string
	alive chan struct{}
	done  chan error
	stop  func()
}

func overhear(tr *Transport) *overhearing {
	ctx, cancel := context.WithCancel(context.Background())
	o := &overhearing{make(chan string, 100), make(chan struct{}, 100), make(chan error, 1), cancel}
	go func() {
		o.done <- tr.Overhear(ctx, func(ce event.Event) { o.ids <- ce.ID() }, func() { o.alive <- struct{}{} })
	}()
	return o
}

func TestOverhear(t *testing.T) {
	tr, _ := opened(t, Settings{})
	one, two := overhear(tr), overhear(tr)
	<-one.alive
	<-two.alive
	t.Run("everybody who is there hears every fact, in order, and no command", func(t *testing.T) {
		for i := range 20 {
			if err := publishing(t.Context(), tr, either(fmt.Sprint(i), i%2 == 0)); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range []*overhearing{one, two} {
			for i := 0; i < 20; i += 2 {
				if id := <-o.ids; id != fmt.Sprint(i) {
					t.Errorf("heard %s, want %d", id, i)
				}
			}
		}
	})
	t.Run("it says now and then that it would hear", func(t *testing.T) {
		select {
		case <-one.alive:
		case <-time.After(10 * time.Second):
			t.Error("it does not")
		}
	})
	t.Run("who was not there has missed it", func(t *testing.T) {
		two.stop()
		if err := <-two.done; err != nil {
			t.Error(err)
		}
		if err := publishing(t.Context(), tr, either("meanwhile", true)); err != nil {
			t.Fatal(err)
		}
		back := overhear(tr)
		<-back.alive
		if err := publishing(t.Context(), tr, either("later", true)); err != nil {
			t.Fatal(err)
		}
		if id := <-back.ids; id != "later" {
			t.Errorf("heard %s", id)
		}
		back.stop()
		<-back.done
	})
	t.Run("it ends with its transport", func(t *testing.T) {
		closed := make(chan error, 1)
		go func() { closed <- tr.Close() }()
		if err := <-one.done; err != nil {
			t.Error(err)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}
