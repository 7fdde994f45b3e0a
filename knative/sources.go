package knative

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// overrides are extensions that a source adds to its events.
type overrides struct {
	Extensions map[string]string `f:"extensions"`
}

func (o overrides) check(d *document, path string) {
	for name := range o.Extensions {
		if !attribute.MatchString(name) {
			d.complain(path+".extensions."+name, "name extensions with small letters and digits, a letter first")
		}
	}
}

type sinkBinding struct {
	head
	Spec struct {
		Subject struct {
			APIVersion string  `f:"apiVersion,required"`
			Kind       string  `f:"kind,required"`
			Name       string  `f:"name,required"`
			Namespace  string  `f:"namespace"`
			Selector   refused `f:"selector" no:"the runner binds by name; write one SinkBinding for each Service"`
		} `f:"subject,required"`
		Sink      *destination `f:"sink,required"`
		Overrides overrides    `f:"ceOverrides,unused"`
	} `f:"spec,required"`
}

func (s *sinkBinding) check() {
	s.checkHead(nil)
	s.Spec.Overrides.check(s.document, "spec.ceOverrides")
}

type pingManifest struct {
	head
	Spec struct {
		Schedule    string       `f:"schedule"`
		Timezone    string       `f:"timezone"`
		ContentType string       `f:"contentType"`
		Data        string       `f:"data"`
		DataBase64  string       `f:"dataBase64"`
		Sink        *destination `f:"sink,required"`
		Overrides   overrides    `f:"ceOverrides"`
	} `f:"spec,required"`

	schedule cron.Schedule
	data     []byte
}

func (p *pingManifest) check() {
	p.checkHead(nil)
	p.Spec.Overrides.check(p.document, "spec.ceOverrides")
	p.readSchedule()
	p.readData()
}

// parser is the one that Knative's PingSource uses.
var parser = cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// everyMinute is what a PingSource without a schedule gets.
const everyMinute = "* * * * *"

func (p *pingManifest) readSchedule() {
	text := cmp.Or(strings.TrimSpace(p.Spec.Schedule), everyMinute)
	zone := cmp.Or(p.Spec.Timezone, "UTC") // a cluster's clocks
	if _, err := time.LoadLocation(zone); err != nil || strings.ContainsAny(zone, " \t\n") || zone == "Local" {
		p.complain("spec.timezone", "is no time zone; write a name of the IANA database, as Europe/Paris")
		return
	}
	if strings.Contains(text, "@every") || strings.Contains(text, "TZ=") {
		p.complain("spec.schedule", "Knative takes no @every and no time zone here; write five or six fields of cron")
		return
	}
	s, err := parser.Parse("CRON_TZ=" + zone + " " + text)
	switch {
	case err != nil:
		p.complain("spec.schedule", "is no schedule; write five fields of cron, or six with the seconds first")
	case s.Next(time.Unix(0, 0)).IsZero():
		p.complain("spec.schedule", "never comes; write a date that there is")
	default:
		p.schedule = s
	}
}

func (p *pingManifest) readData() {
	var err error
	p.data = []byte(p.Spec.Data)
	switch {
	case p.Spec.Data != "" && p.Spec.DataBase64 != "":
		p.complain("spec.dataBase64", "write either data or dataBase64")
	case p.Spec.DataBase64 != "":
		if p.data, err = base64.StdEncoding.DecodeString(p.Spec.DataBase64); err != nil {
			p.complain("spec.dataBase64", "is no base64")
		}
	}
	var object map[string]any
	if p.Spec.ContentType == "application/json" && len(p.data) > 0 && json.Unmarshal(p.data, &object) != nil {
		p.complain("spec.data", "must be a JSON object, as spec.contentType has it")
	}
}
