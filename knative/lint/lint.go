package lint

import (
	"cmp"
	"slices"
)

// Options say more than manifests can.
type Options struct {
	Against      []File              // the version before: what changed that cannot be changed?
	Replies      map[string][]string // the types of event that a Service may answer with, by its name
	KafkaBrokers int                 // how many brokers Kafka has; 0: as far as the manifests tell
}

// Report is what was found in some files.
type Report struct {
	Files     int       `json:"files"`
	Manifests int       `json:"manifests"`
	Findings  []Finding `json:"findings"`
	Unknown   []string  `json:"-"` // names in [Options.Replies] that nothing among the manifests has
}

// Count is how many findings are of a severity.
func (r Report) Count(s Severity) (n int) {
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Check looks for all there is to find in the files. Findings are in the order
// of the files' names, and of the lines. It stops at nothing: what it does not
// know it passes over. Findings hold names of things and fields, and no value
// that may be a secret.
func Check(files []File, options Options) Report {
	now := readAll(files)
	all := now.found
	var before *set
	if options.Against != nil {
		before = &readAll(options.Against).set
	}
	for _, rule := range Rules() {
		if rule.check == nil {
			continue
		}
		p := &pass{set: &now.set, before: before, options: options, rule: rule}
		rule.check(p)
		all = append(all, p.found...)
	}
	return Report{Files: len(files), Manifests: len(now.objects), Findings: sorted(all), Unknown: (&pass{set: &now.set}).unknown(options.Replies)}
}

// unknown are the names that no manifest has, and no subscriber.
func (p *pass) unknown(names map[string][]string) (all []string) {
	have := map[string]bool{}
	for _, o := range p.objects {
		have[o.name] = true
	}
	p.places(func(o *object, _ string, f field) { have[destination(o, f).name] = true })
	for _, name := range sortedKeys(names) {
		if !have[name] {
			all = append(all, name)
		}
	}
	return all
}

func readAll(files []File) *reader {
	r := &reader{}
	for _, f := range files {
		r.read(f)
	}
	r.setClasses()
	return r
}

// Rules are all there are, by name.
func Rules() []Rule {
	all := slices.Concat([]Rule{notYAML, notManifest, twice, unapplied, absent, remote, unlisted},
		filterRules, deliveryRules, acknowledgementRules, deadRules, loopRules, orderRules, brokerRules, kafkaRules, missingRules,
		vocabularyRules, servingRules, timeoutRules, functionRules, sourceRules, durableRules, exposureRules,
		podRules, againstRules, shapeRules)
	slices.SortFunc(all, func(a, b Rule) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
