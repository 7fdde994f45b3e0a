package fake

import "encoding/json"

// event is one event as a webhook gets it.
type event struct {
	ID              string    `json:"id"`
	Object          string    `json:"object"`
	APIVersion      string    `json:"api_version"`
	Created         int64     `json:"created"`
	Data            eventData `json:"data"`
	Livemode        bool      `json:"livemode"`
	PendingWebhooks int       `json:"pending_webhooks"`
	Type            string    `json:"type"`
}

type eventData struct {
	Object any `json:"object"`
}

// event notes an event, to be told when the books are closed.
func (f *Fake) event(kind string, object any) {
	if f.Emit == nil {
		return
	}
	raw, err := json.Marshal(event{
		ID: f.id("evt"), Object: "event", APIVersion: Version, Created: f.Now().Unix(),
		Data: eventData{object}, PendingWebhooks: 1, Type: kind,
	})
	if err != nil {
		panic(err) // it is made of strings and numbers
	}
	f.outbox = append(f.outbox, raw)
}

// tell tells the events that were noted.
func (f *Fake) tell() {
	if f.Emit == nil {
		return
	}
	f.mu.Lock()
	events := f.outbox
	f.outbox = nil
	f.mu.Unlock()
	for _, raw := range events {
		f.Emit(raw)
	}
}
