package events

import (
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/types"
)

// headerOf and attributeOf lead from the attributes of our events to their
// headers, as net/http writes those, and back. Others are worked out anew.
var headerOf, attributeOf = func() (to, back map[string]string) {
	to, back = make(map[string]string), make(map[string]string)
	for _, name := range []string{
		"specversion", "id", "source", "type", "subject", "time", "dataschema", "name", "kind", "to", "flow", "saga",
		"record", "recordversion", "correlationid", "causationid", "partitionkey", "traceparent", "trace",
	} {
		header := "Ce-" + strings.ToUpper(name[:1]) + name[1:]
		to[name], back[header] = header, name
	}
	return to, back
}()

// attribute returns which attribute a header bears, if any.
func attribute(header string) (name string, ok bool) {
	if name, ok = attributeOf[header]; ok {
		return name, true
	}
	return strings.CutPrefix(strings.ToLower(header), "ce-")
}

// dataschemas are the URIs of our schemas.
var dataschemas = func() map[string]*types.URI {
	m := make(map[string]*types.URI)
	for _, spec := range byName {
		m[spec.schema.String()] = spec.schema
	}
	return m
}()

// inOrder does what may complain of one of m's keys, and should always have
// the same complaint of the same message: only then need they be sorted.
func inOrder[V, T any](m map[string]V, do func(keys iter.Seq[string]) (T, error)) (T, error) {
	if done, err := do(maps.Keys(m)); err == nil {
		return done, nil
	}
	return do(slices.Values(slices.Sorted(maps.Keys(m))))
}

// fromHeaders reads the attributes of binary mode, all but the content type.
// There is at least one, or the message is no CloudEvent.
func fromHeaders(h http.Header) (map[string]string, error) {
	attrs, err := inOrder(h, func(keys iter.Seq[string]) (map[string]string, error) { return readHeaders(h, keys) })
	if err != nil {
		return nil, err
	}
	if len(attrs) == 0 {
		return nil, refuse(HTTPNotEvent, "send the attributes as headers ce-id, ce-source, ce-type and ce-specversion, "+
			"or the whole event as %s", cloudEventsJSON)
	}
	return attrs, nil
}

func readHeaders(h http.Header, keys iter.Seq[string]) (map[string]string, error) {
	attrs := make(map[string]string, len(h))
	for key := range keys {
		name, ok := attribute(key)
		if !ok || len(h[key]) == 0 {
			continue
		}
		if err := checkName(name); err != nil {
			return nil, err
		}
		if name == "datacontenttype" {
			return nil, refuse(HTTPInvalid, "send datacontenttype as the header Content-Type, not as ce-datacontenttype")
		}
		if _, twice := attrs[name]; twice || len(h[key]) > 1 {
			return nil, refuse(HTTPInvalid, "send the header ce-%s once", name)
		}
		value, ok := decodeHeader(h[key][0])
		if !ok {
			return nil, refuse(HTTPInvalid, "header ce-%s: write a percent sign as %%25, and everything outside of "+
				"printable ASCII as its bytes in UTF-8, each as %%XX", name)
		}
		attrs[name] = value
	}
	return attrs, nil
}

// encodeHeader percent-encodes space, double quote, percent and everything
// outside of printable ASCII.
func encodeHeader(s string) string {
	const digits = "0123456789ABCDEF"
	odd := func(c byte) bool { return c <= ' ' || c == '"' || c == '%' || c >= 0x7f }
	plain := 0
	for plain < len(s) && !odd(s[plain]) {
		plain++
	}
	if plain == len(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; odd(c) {
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// decodeHeader undoes encodeHeader, and before it the quoting that older
// versions of the binding used. It reports false on a percent sign that begins
// no escape, an open quote, and what is not UTF-8 in the end. Bytes outside of
// ASCII are taken as they are if they are UTF-8: sdk-go, and so Knative's
// brokers, send them so.
func decodeHeader(s string) (string, bool) {
	s = strings.Trim(s, " \t")
	if strings.HasPrefix(s, `"`) {
		var ok bool
		if s, ok = unquoteHeader(s); !ok {
			return "", false
		}
	}
	if strings.Contains(s, "%") {
		b := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			if s[i] != '%' {
				b = append(b, s[i])
				continue
			}
			if !escapeAt(s, i) {
				return "", false
			}
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		}
		s = string(b)
	}
	return s, utf8.ValidString(s)
}

// unquoteHeader reads a quoted-string of RFC 9110 that fills the whole value.
func unquoteHeader(s string) (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), i == len(s)-1
		case '\\':
			if i++; i == len(s) {
				return "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", false
}

// escapeAt reports whether a percent sign and two hexadecimal digits are at i.
func escapeAt(s string, i int) bool {
	return i+2 < len(s) && s[i] == '%' && unhex(s[i+1]) < 16 && unhex(s[i+2]) < 16
}

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}
