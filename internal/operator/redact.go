package operator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
)

// hidden stands for what is not shown.
const hidden = "(hidden)"

// show writes an event in the JSON format, with what it holds of a person or a
// card hidden. Of data that is not a JSON object only its size is shown: nobody
// knows what is in it. An event that cannot be written is named only.
func show(ce event.Event) json.RawMessage {
	data := ce.DataEncoded
	ce.DataEncoded = nil
	members := attributes(ce)
	if len(data) > 0 {
		members["data"] = redact(data)
	}
	raw, err := json.Marshal(members)
	if err != nil {
		panic(err) // it is what was read from JSON
	}
	return raw
}

// attributes are an event's, as far as they can be written.
func attributes(ce event.Event) map[string]any {
	named := map[string]any{"id": ce.ID(), "type": ce.Type()}
	if ce.Context == nil {
		return named
	}
	ce = ce.Clone()
	for name, value := range ce.Extensions() {
		if s, text := value.(string); private(name) || text && hide(s) != s {
			ce.SetExtension(name, hidden)
		}
	}
	raw, err := json.Marshal(ce)
	if all, ok := readObject(raw); err == nil && ok {
		return all
	}
	return named
}

// redact returns data as it may be shown.
func redact(data []byte) any {
	if object, ok := readObject(data); ok {
		return hide(object)
	}
	return fmt.Sprintf("(hidden: %d bytes)", len(data))
}

// readObject reads data as one JSON object, its numbers as they are written.
func readObject(data []byte) (object map[string]any, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	err := dec.Decode(&object)
	_, more := dec.Token()
	return object, err == nil && more == io.EOF && object != nil
}

// hide replaces what is a person's or a card's, at any depth. An address is
// hidden under whatever name: what is a dead letter may be one because of that.
func hide(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if private(name) {
				v[name] = hidden
			} else {
				v[name] = hide(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = hide(v[i])
		}
	case string:
		if strings.Contains(v, "@") {
			return hidden
		}
	}
	return v
}

// harmless are fields whose names are private ones' beginnings, and which open
// nothing: the provider's own name for a payment, by which an operator finds it
// there, and the keyed hash that stands for a customer.
var harmless = []string{"paymentid", "customerid"}

// private reports whether a field of this name is not to be shown.
func private(name string) bool {
	name = strings.ToLower(name)
	if slices.Contains(harmless, name) {
		return false
	}
	for _, what := range []string{"customer", "payment"} {
		if strings.HasPrefix(name, what) {
			return true
		}
	}
	for _, what := range []string{"mail", "phone", "mobile", "token", "card", "secret", "password", "address"} {
		if strings.Contains(name, what) {
			return true
		}
	}
	return strings.Contains(name, "@")
}
