package events

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fromJSON takes an event in the JSON format apart into its attributes, by
// their canonical strings, and its data.
func fromJSON(body []byte) (attrs map[string]string, data []byte, err error) {
	if !utf8.Valid(body) {
		return nil, nil, refuse(HTTPInvalid, "send JSON in the charset utf-8")
	}
	members, err := jsonMembers(body)
	if err != nil {
		return nil, nil, err
	}
	inline, hasInline := members["data"]
	encoded, hasEncoded := members["data_base64"]
	hasEncoded = hasEncoded && string(encoded) != "null"
	delete(members, "data")
	delete(members, "data_base64")

	attrs = make(map[string]string, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) { // sorted, so that the same event gets the same complaint
		raw := members[name]
		if err := checkName(name); err != nil {
			return nil, nil, err
		}
		if string(raw) == "null" {
			continue // the same as absent
		}
		value, ok := jsonAttribute(name, raw)
		if !ok {
			return nil, nil, refuse(HTTPInvalid, "attribute %s: write a string, and an extension as a string, "+
				"a boolean or an integer of 32 bits", name)
		}
		attrs[name] = value
	}
	switch {
	case hasInline && hasEncoded:
		return nil, nil, refuse(HTTPInvalid, "send either data or data_base64")
	case hasEncoded:
		data, err = jsonBase64(encoded)
	case hasInline:
		data, err = jsonData(attrs, inline)
	}
	return attrs, data, err
}

// jsonMembers reads the one object that body must be, each member at most once.
func jsonMembers(body []byte) (map[string]json.RawMessage, error) {
	notOne := refuse(HTTPNotEvent, "send one JSON object as %s", cloudEventsJSON)
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, notOne
	}
	members := make(map[string]json.RawMessage)
	for dec.More() {
		key, err := dec.Token()
		name, ok := key.(string)
		var value json.RawMessage
		if err != nil || !ok || dec.Decode(&value) != nil {
			return nil, notOne
		}
		if _, twice := members[name]; twice {
			return nil, refuse(HTTPInvalid, "send each member of the JSON event once")
		}
		members[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, notOne
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, notOne
	}
	return members, nil
}

// jsonAttribute returns an attribute's canonical string. Only extensions may
// be anything but strings.
func jsonAttribute(name string, raw json.RawMessage) (string, bool) {
	switch name {
	case "specversion", "id", "source", "type", "datacontenttype", "dataschema", "subject", "time":
		return jsonString(raw)
	}
	switch raw[0] {
	case '"':
		return jsonString(raw)
	case 't', 'f':
		return string(raw), true
	}
	n, err := strconv.ParseInt(string(raw), 10, 32)
	return strconv.FormatInt(n, 10), err == nil
}

func jsonString(raw json.RawMessage) (s string, ok bool) {
	return s, raw[0] == '"' && json.Unmarshal(raw, &s) == nil
}

func jsonBase64(raw json.RawMessage) ([]byte, error) {
	s, ok := jsonString(raw)
	data, err := base64.StdEncoding.Strict().DecodeString(s)
	if !ok || err != nil {
		return nil, refuse(HTTPInvalid, "write data_base64 as a string in standard base64")
	}
	return data, nil
}

// jsonData returns the data of the member data: the JSON as it stands where
// the content type says JSON, which it does unsaid; else the string's text.
func jsonData(attrs map[string]string, raw json.RawMessage) ([]byte, error) {
	contentType, ok := attrs["datacontenttype"]
	if !ok {
		attrs["datacontenttype"] = "application/json"
	}
	if !ok || isJSON(contentType) {
		return raw, nil
	}
	s, ok := jsonString(raw)
	if !ok {
		return nil, refuse(HTTPInvalid, "write data that is not JSON by its datacontenttype as a string, or as data_base64")
	}
	return []byte(s), nil
}

// isJSON reports whether data of a content type is JSON; where none is given
// it is.
func isJSON(contentType string) bool {
	media := mediaType(contentType)
	return media == "" || strings.HasSuffix(media, "/json") || strings.HasSuffix(media, "+json")
}
