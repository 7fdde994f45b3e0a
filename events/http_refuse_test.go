package events_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"tourbillon/events"
)

func wantProblem(t *testing.T, err error, want events.HTTPProblem) {
	t.Helper()
	var he *events.HTTPError
	if !errors.As(err, &he) || he.Problem != want {
		t.Fatalf("error %v, want %s", err, want)
	}
	status := http.StatusBadRequest
	if want == events.HTTPTooLarge {
		status = http.StatusRequestEntityTooLarge
	}
	if he.Status != status || he.Advice == "" {
		t.Errorf("status %d, advice %q", he.Status, he.Advice)
	}
	if strings.Contains(strings.ToLower(err.Error()), "secret") {
		t.Errorf("the error quotes data: %v", err)
	}
}

type refusal struct {
	name string
	r    *http.Request
	want events.HTTPProblem
}

// refused is what is not taken, and why. The errors must not quote what is
// called secret in them.
func refused() []refusal {
	return []refusal{
		{"what bears no mark of an event", httptest.NewRequest("POST", "/", strings.NewReader(`{"secret":1}`)), events.HTTPNotEvent},
		{"a structured event that is not JSON", structured("secret"), events.HTTPNotEvent},
		{"a structured event that is a list", structured("[]"), events.HTTPNotEvent},
		{"a structured event that ends early", structured(`{"id":"secret"`), events.HTTPNotEvent},
		{"two structured events in a row", structured(`{} {}`), events.HTTPNotEvent},
		{"a batch", request("[]", "Content-Type: application/cloudevents-batch+json; charset=utf-8"), events.HTTPBatch},
		{"another format", request("", "Content-Type: application/cloudevents+avro"), events.HTTPFormat},
		{"another charset", request("", "Content-Type: application/cloudevents+json; charset=latin1"), events.HTTPFormat},
		{"a content type that cannot be read", request("", "Content-Type: application/cloudevents+json; charset"), events.HTTPFormat},
		{"a compressed body", request("", "Content-Encoding: gzip"), events.HTTPFormat},
		{"no id", request("", "ce-id:"), events.HTTPMissing},
		{"a blank id", request("", "ce-id: %20"), events.HTTPMissing},
		{"no source", request("", "ce-source:"), events.HTTPMissing},
		{"no type", request("", "ce-type:"), events.HTTPMissing},
		{"no specversion", request("", "ce-specversion:"), events.HTTPMissing},
		{"an empty structured event", structured("{}"), events.HTTPMissing},
		{"a null id", structured(`{"specversion":"1.0","id":null,"source":"/s","type":"t"}`), events.HTTPMissing},
		{"another specversion", request("", "ce-specversion: 0.3"), events.HTTPInvalid},
		{"a percent sign at the end", request("", "ce-subject: secret100%"), events.HTTPInvalid},
		{"a percent sign before no digits", request("", "ce-subject: secret%zz"), events.HTTPInvalid},
		{"an overlong encoding", request("", "ce-subject: secret%C0%A0"), events.HTTPInvalid},
		{"raw bytes that are not UTF-8", request("", "ce-subject: secret\xff"), events.HTTPInvalid},
		{"an escaped surrogate", request("", "ce-subject: secret%ED%A0%80"), events.HTTPInvalid},
		{"an escaped line break", request("", "ce-subject: secret%0D%0A"), events.HTTPInvalid},
		{"a code point that nobody has", request("", "ce-subject: secret%EF%BF%BF"), events.HTTPInvalid},
		{"an open quote", request("", `ce-subject: "secret`), events.HTTPInvalid},
		{"something after the quote", request("", `ce-subject: "sec"ret`), events.HTTPInvalid},
		{"a blank subject", request("", "ce-subject: %20"), events.HTTPInvalid},
		{"a source that is no URI-reference", request("", "ce-source: /se%20cret"), events.HTTPInvalid},
		{"a source outside of ASCII", request("", "ce-source: /secr%C3%A9t"), events.HTTPInvalid},
		{"a relative dataschema", request("", "ce-dataschema: /secret"), events.HTTPInvalid},
		{"an extension with a hyphen", request("", "ce-sec-ret: x"), events.HTTPInvalid},
		{"an extension with an underscore", request("", "ce-secret_x: x"), events.HTTPInvalid},
		{"an extension called data", request("", "ce-data: x"), events.HTTPInvalid},
		{"ce-datacontenttype", request("", "ce-datacontenttype: text/secret"), events.HTTPInvalid},
		{"a header twice", request("", "+ce-id: secret"), events.HTTPInvalid},
		{"a content type twice", request("", "+Content-Type: text/secret"), events.HTTPInvalid},
		{"a content type that is none", request("", "Content-Type: secret type"), events.HTTPInvalid},
		{"an event inside of an event", member(`,"datacontenttype":"application/cloudevents+json","data":{}`), events.HTTPInvalid},
		{"a member twice", member(`,"id":"secret"`), events.HTTPInvalid},
		{"a member in capitals", member(`,"Secret":"x"`), events.HTTPInvalid},
		{"an id that is a number", structured(`{"specversion":"1.0","id":5,"source":"/s","type":"t"}`), events.HTTPInvalid},
		{"an extension that is a fraction", member(`,"x":1.5`), events.HTTPInvalid},
		{"an extension that is too large", member(`,"x":2147483648`), events.HTTPInvalid},
		{"an extension that is an object", member(`,"x":{"secret":1}`), events.HTTPInvalid},
		{"data twice", member(`,"data":1,"data_base64":"AA=="`), events.HTTPInvalid},
		{"base64 that is none", member(`,"data_base64":"secret!"`), events.HTTPInvalid},
		{"text that is not a string", member(`,"datacontenttype":"text/plain","data":{}`), events.HTTPInvalid},
		{"JSON that is not UTF-8", member(`,"x":"secret` + "\xff" + `"`), events.HTTPInvalid},
		{"a body over the limit", request(strings.Repeat("x", limit+1)), events.HTTPTooLarge},
		{"a structured body over the limit", structured(strings.Repeat("x", limit+1)), events.HTTPTooLarge},
		{"a body that breaks off", brokenOff(), events.HTTPUnread},
	}
}

func brokenOff() *http.Request {
	r := request("")
	r.Body = io.NopCloser(iotest.ErrReader(errors.New("secret")))
	return r
}

func TestReadHTTP_Refuses(t *testing.T) {
	for _, c := range refused() {
		t.Run(c.name, func(t *testing.T) {
			_, err := events.ReadHTTP(c.r, limit)
			wantProblem(t, err, c.want)
		})
	}
}
