package postfake

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// snsMost bounds a message of SNS, in bytes.
const snsMost = 256 << 10

// snsSpace is the namespace of its answers.
const snsSpace = `xmlns="http://sns.amazonaws.com/doc/2010-03-31/"`

var snsEndpoints = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:endpoint/[^/]+/[^/]+/[^/]+$`)

func (f *Fake) sns(r request) (m Message, no *answer) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=") {
		return m, snsRefuses(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	form, err := url.ParseQuery(string(r.body))
	if err != nil || form.Get("Action") != "Publish" {
		return m, snsRefuses(http.StatusBadRequest, "InvalidAction", "The action is not valid for this web service.")
	}
	to, message := form.Get("TargetArn"), form.Get("Message")
	switch {
	case !snsEndpoints.MatchString(to):
		return m, snsInvalid("TargetArn Reason: No endpoint found for the target arn specified")
	case r.refuses(to):
		return m, snsRefuses(http.StatusBadRequest, "EndpointDisabled", "Endpoint is disabled")
	case message == "":
		return m, snsInvalid("Empty message")
	case len(message) > snsMost:
		return m, snsInvalid("Message too long")
	}
	m = Message{ID: uuid(), To: to, Body: message}
	if form.Get("MessageStructure") == "json" {
		if why := m.platforms(message); why != "" {
			return m, snsInvalid("Message Structure - " + why)
		}
	}
	return m, nil
}

// platforms takes over what is pushed, from a message with a form of its own for
// each platform, and returns what is wrong with it.
func (m *Message) platforms(message string) (why string) {
	var all map[string]string
	if json.Unmarshal([]byte(message), &all) != nil {
		return "JSON message body failed to parse"
	}
	if all["default"] == "" {
		return "No default entry in JSON message body"
	}
	var google struct {
		Notification struct {
			Title string `json:"title"`
		} `json:"notification"`
		Data map[string]string `json:"data"`
	}
	if all["GCM"] != "" && json.Unmarshal([]byte(all["GCM"]), &google) != nil {
		return "JSON message body failed to parse"
	}
	m.Body, m.Subject, m.Reference = all["default"], google.Notification.Title, google.Data[reference]
	return ""
}

func snsHas(m Message) answer {
	return answer{http.StatusOK, map[string]string{"Content-Type": "text/xml"}, fmt.Sprintf(
		"<PublishResponse %s><PublishResult><MessageId>%s</MessageId></PublishResult>"+
			"<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></PublishResponse>", snsSpace, m.ID, uuid())}
}

func snsRefuses(status int, code, why string) *answer {
	var words strings.Builder
	_ = xml.EscapeText(&words, []byte(why)) // a builder takes everything
	by := "Sender"
	if status >= http.StatusInternalServerError {
		by = "Receiver"
	}
	return &answer{status, map[string]string{"Content-Type": "text/xml"}, fmt.Sprintf(
		"<ErrorResponse %s><Error><Type>%s</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
		snsSpace, by, code, words.String(), uuid())}
}

func snsInvalid(what string) *answer {
	return snsRefuses(http.StatusBadRequest, "InvalidParameter", "Invalid parameter: "+what)
}

// snsWrong has the code of a status.
func snsWrong(status int, why string) *answer {
	code := map[int]string{http.StatusTooManyRequests: "Throttled", http.StatusServiceUnavailable: "ServiceUnavailable"}[status]
	if code == "" {
		code = "ValidationError"
	}
	return snsRefuses(status, code, why)
}

// uuid is an id as SNS has them.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
