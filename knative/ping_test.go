package knative_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/internal/arrow"
	"tourbillon/knative"
)

// ping is a PingSource into the Broker main.
func ping(fields string) string {
	return `
---
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: {name: tick, namespace: here}
spec:
  ` + fields + `
  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: main}}`
}

// pinged runs for some time and returns what was sent.
func pinged(t *testing.T, long time.Duration, fields string) []event.Event {
	t.Helper()
	s := play(t, read(t, broker("RabbitMQBroker", delivery("retry: 1"))+ping(fields)), nil)
	time.Sleep(long)
	synctest.Wait()
	s.stop()
	ces, _, err := s.transports["main"].Read(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return ces
}

func TestPingSource(t *testing.T) {
	for _, c := range []struct {
		says, fields string
		long         time.Duration
		want         []string
	}{ // it begins on 1 January 2000, at midnight in UTC
		{"every five seconds", `schedule: "*/5 * * * * *"`, 16 * time.Second, []string{"00:00:05", "00:00:10", "00:00:15"}},
		{"every minute, where there is no schedule", `contentType: text/plain`, 3*time.Minute + time.Second, []string{"00:01:00", "00:02:00", "00:03:00"}},
		{"five fields", `schedule: "30 * * * *"`, 2 * time.Hour, []string{"00:30:00", "01:30:00"}},
		{"a descriptor", `schedule: "@daily"`, 25 * time.Hour, []string{"00:00:00"}},
		{"in its time zone", "schedule: 0 9 * * *\n  timezone: Asia/Kathmandu", 24 * time.Hour, []string{"03:15:00"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				for _, ce := range pinged(t, c.long, c.fields) {
					got = append(got, ce.Time().UTC().Format("15:04:05"))
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
	t.Run("its event is as Knative makes it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ces := pinged(t, 11*time.Second, `schedule: "*/5 * * * * *"
  contentType: application/json
  data: '{"a": 1}'
  ceOverrides: {extensions: {kind: command, to: clock}}`)
			if len(ces) != 2 || ces[0].ID() == ces[1].ID() || len(ces[0].ID()) < 20 {
				t.Fatalf("got %v", ces)
			}
			ces[0].SetID("random")
			got, err := json.Marshal(ces[0])
			want := `{"specversion":"1.0","id":"random","source":"/apis/v1/namespaces/here/pingsources/tick",` +
				`"type":"dev.knative.sources.ping","datacontenttype":"application/json","time":"2000-01-01T00:00:05Z",` +
				`"data":{"a": 1},"kind":"command","to":"clock"}`
			if err != nil || !sameJSON(t, want, string(got)) {
				t.Errorf("got  %s, %v\nwant %s", got, err, want)
			}
		})
	})
	t.Run("data may be in base64", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			if ces := pinged(t, time.Minute, `dataBase64: aGVsbG8=`); len(ces) != 1 || string(ces[0].Data()) != "hello" {
				t.Errorf("got %v", ces)
			}
		})
	})
	t.Run("a function may be its sink", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h heard
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+service("a")+`
---
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: {name: tick}
spec:
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: a}}`)
			s := play(t, m, map[string]arrow.Receiver{"a": h.nothing})
			time.Sleep(time.Minute)
			synctest.Wait()
			s.stop()
			if len(h.all) != 1 {
				t.Errorf("it heard %v", h.all)
			}
		})
	})
	t.Run("what is not taken is logged, and the next is sent all the same", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+ping(""))
			s := play(t, m, nil, func(o *knative.Options) { o.Transports["main"] = fullTransport{o.Transports["main"]} })
			time.Sleep(2*time.Minute + time.Second)
			s.stop()
			if log := s.log.String(); strings.Count(log, "ping was not taken") != 2 {
				t.Errorf("log: %s", log)
			}
		})
	})
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return string(p) == string(q)
}

func TestPingSource_IsNotHeldUpForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+strings.Replace(ping(`schedule: "* * * * * *"`),
			"sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: main}}", "sink: {uri: http://silent.example/}", 1))
		s := play(t, m, nil, by(func(r *http.Request) (*http.Response, error) { // takes it, and never answers
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		time.Sleep(time.Minute + 5*time.Second)
		synctest.Wait()
		if n := strings.Count(s.log.String(), "ping was not taken"); n != 2 {
			t.Errorf("%d pings were given up in a minute, want 2:\n%s", n, s.log.String())
		}
		began := time.Now()
		if s.stop(); time.Since(began) > 30*time.Second {
			t.Errorf("it stopped after %v", time.Since(began))
		}
	})
}

// TestPingSource_SlowClock has the clock be put back a little while a ping is
// waited for: it comes when it is time by the clock, and once.
func TestPingSource_SlowClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var behind atomic.Int64
		m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+ping(`schedule: "* * * * *"`))
		s := play(t, m, nil, func(o *knative.Options) {
			o.Now = func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) }
		})
		time.Sleep(30 * time.Second)
		behind.Store(int64(10 * time.Millisecond))
		time.Sleep(time.Minute)
		synctest.Wait()
		s.stop()
		ces, _, err := s.transports["main"].Read(t.Context(), "", 10)
		if err != nil || len(ces) != 1 || ces[0].Time().UTC().Format(time.TimeOnly) != "00:01:00" {
			t.Errorf("got %v, %v; want one, of 00:01:00", ces, err)
		}
	})
}
