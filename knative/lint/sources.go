package lint

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

var sourceRules = []Rule{
	{
		Name: "ping-schedule", Severity: Error,
		About:  "a PingSource with a schedule or time zone that there is not",
		Why:    "The webhook refuses it; @every is not taken either, although the library has it.",
		Source: "knative/eventing pkg/apis/sources/v1/ping_validation.go",
		check:  pingSchedule,
	},
	{
		Name: "ping-never", Severity: Error,
		About: "a PingSource whose schedule never comes",
		Why:   "A date like 30 February is taken, and nothing is ever sent.",
		check: pingNever,
	},
	{
		Name: "ping-data", Severity: Error,
		About:  "a PingSource with data that does not fit its contentType, or given twice",
		Why:    "With application/json the webhook takes a JSON object and nothing else, no list and no string.",
		Source: "knative/eventing pkg/apis/sources/v1/ping_validation.go",
		check:  pingData,
	},
	{
		Name: "ce-override-name", Severity: Error,
		About:  "ceOverrides with a name that no extension of a CloudEvent has",
		Why:    "Extensions have small letters and digits: the event is not a valid one, or the webhook refuses the source.",
		Source: "knative.dev/pkg apis/duck/v1/source_types.go",
		check:  overrideNames,
	},
	{
		Name: "ko-image-uppercase", Severity: Error,
		About:  "an image ko://... with a capital letter",
		Why:    "The name of an image has none: Serving's webhook refuses the Service where ko does not replace the image.",
		Source: "google/go-containerregistry pkg/name",
		check:  images,
	},
}

var (
	cronFields = cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	extension  = regexp.MustCompile(`^[a-z0-9]+$`)
)

// schedule is when a PingSource sends, or why it does not.
func schedule(o *object) (when cron.Schedule, at field, wrong, instead string) {
	at = o.at("spec", "schedule")
	zone := o.at("spec", "timezone")
	name := cmp.Or(zone.text(), "UTC")
	if _, err := time.LoadLocation(name); err != nil || strings.ContainsAny(name, " \t\n") {
		return nil, zone, "there is no such time zone", "write a name of the IANA database, as Europe/Paris"
	}
	text := cmp.Or(strings.TrimSpace(at.text()), "* * * * *")
	if strings.Contains(text, "@every") {
		return nil, at, "@every is not taken", "write five or six fields of cron, as */5 * * * * *"
	}
	if strings.Contains(text, "TZ=") {
		return nil, at, "the time zone is in the schedule", "write it in timezone"
	}
	when, err := cronFields.Parse("CRON_TZ=" + name + " " + text)
	if err != nil {
		return nil, at, "the schedule is no cron", "write five fields, or six with the seconds first"
	}
	return when, at, "", ""
}

func pingSchedule(p *pass) {
	for _, o := range p.of(sources, "PingSource") {
		if _, at, wrong, instead := schedule(o); wrong != "" {
			p.report(o, at, instead, "%s", wrong)
		}
	}
}

func pingNever(p *pass) {
	for _, o := range p.of(sources, "PingSource") {
		if when, at, _, _ := schedule(o); when != nil && when.Next(time.Unix(0, 0)).IsZero() {
			p.report(o, at, "write a date that there is", "the schedule never comes")
		}
	}
}

func pingData(p *pass) {
	for _, o := range p.of(sources, "PingSource") {
		data, encoded := o.at("spec", "data"), o.at("spec", "dataBase64")
		at, text := data, []byte(data.text())
		if encoded.text() != "" {
			var err error
			at = encoded
			if text, err = base64.StdEncoding.DecodeString(encoded.text()); err != nil {
				p.report(o, encoded, "encode it again", "dataBase64 is no base64")
				continue
			}
		}
		var object map[string]any
		switch {
		case data.text() != "" && encoded.text() != "":
			p.report(o, encoded, "leave one of them out", "there are data and dataBase64")
		case o.at("spec", "contentType").text() == "application/json" && len(text) > 0 && json.Unmarshal(text, &object) != nil:
			p.report(o, at, `write a JSON object, as '{"a": 1}', or another contentType`, "the data is no JSON object")
		}
	}
}

func overrideNames(p *pass) {
	for _, o := range p.objects {
		for _, e := range o.at("spec", "ceOverrides", "extensions").pairs() {
			if !extension.MatchString(e.key) {
				p.report(o, e.field, "write small letters and digits", "%q is no name of an extension", e.key)
			}
		}
	}
}

func images(p *pass) {
	for _, o := range p.objects {
		for _, c := range o.containers() {
			if f := c.at("image"); strings.HasPrefix(f.text(), "ko://") && strings.ToLower(f.text()) != f.text() {
				p.report(o, f, "name the package's folder in small letters", "the image has a capital letter")
			}
		}
	}
}
