package realtime_test

import (
	"errors"
	"testing"

	"tourbillon/realtime"
)

func TestParseTopic(t *testing.T) {
	for name, want := range map[string]bool{
		"departure:lyon-0900": true, "tour:old-town": true, "tours": true, "booking:Abc_-123": true, "sagas": true, "dead-letters": true,
		"": false, "departure": false, "departure:": false, "departure:-x": false, "departure:Lyon": false, "departure:a:b": false,
		"tours:": false, "tours:x": false, "booking:short": false, "booking:with space": false, "sagas:1": false, "payments": false,
		"departure:0123456789012345678901234567890123456789012345678901234567890123":  true,
		"departure:01234567890123456789012345678901234567890123456789012345678901234": false,
	} {
		topic, err := realtime.ParseTopic(name)
		if (err == nil) != want || err != nil && !errors.Is(err, realtime.ErrTopic) || err == nil && topic.String() != name {
			t.Errorf("%q: %v, %v", name, topic, err)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{
		`{"type":"subscribe","topic":"departure:lyon-0900","version":7,"epoch":"x"}`, `{"type":"ping"}`, `{"type":"hello","token":"x"}`,
		`{"type":"subscribe","topic":"tours","seen":{"departure:a":1}}`, `[]`, `{}`, `{"type":1}`, `{"type":"x"}{}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := realtime.ParseCommand(raw)
		if err != nil {
			if !errors.Is(err, realtime.ErrMessage) {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		if c.Type == "" || len(c.Topic) > 80 || len(c.Epoch) > 64 || len(c.Token) > 512 || len(c.Seen) > 1024 {
			t.Errorf("%q is taken as %+v", raw, c)
		}
		if topic, err := realtime.ParseTopic(c.Topic); err == nil && topic.String() != c.Topic {
			t.Errorf("%q is the topic %v", c.Topic, topic)
		}
	})
}
