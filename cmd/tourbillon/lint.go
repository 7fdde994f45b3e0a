package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tourbillon/knative"
	"tourbillon/knative/lint"
)

// linted is what manifests are to be held against.
type linted struct {
	paths   []string // empty: the manifests in the program
	also    []string // beside them
	against string
	replies []string
	kafka   int
	strict  bool
	rules   bool
}

func (k *console) lintCommand() *cobra.Command {
	var l linted
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "Say what is wrong in manifests for Knative, and what a cluster silently does otherwise",
		Long: `Say what is wrong in anybody's manifests for Knative Eventing and Serving: fields,
types and values that Knative's own kinds do not have, what they cannot be
without, and what a cluster takes and silently does otherwise. It is no cluster:
other kinds, and pods beyond what Serving asks of them, are not checked field by
field. It ends with 1 where there are errors.

A folder with a kustomization is what that names, and what lies beside it, which
is told. A comment lets one finding be, and says why:

    # lint: allow RULE: the reason

on the line or the one above, or at the head of a document for all of it.
Kustomizations and templates are best looked at once they are applied:

    kustomize build overlays/kind | tourbillon lint -f -`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if l.rules {
				return k.printRules()
			}
			return k.lint(l)
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&l.paths, "filename", "f", nil, "a file, a folder, or - for what is piped in; several are looked at together (default: the manifests in the program)")
	f.StringArrayVar(&l.also, "also", nil, "a file or folder beside them, as up -also has it; again for more")
	f.StringVar(&l.against, "against", "", "the version before, a file or folder: what changed that cannot be changed?")
	f.StringArrayVar(&l.replies, "replies", nil, "what a Service answers with, as reserve=com.tours.reserved,com.tours.rejected; nothing after = is no answer")
	f.IntVar(&l.kafka, "kafka-brokers", 0, "how many brokers Kafka has, where the manifests do not tell")
	f.BoolVar(&l.strict, "strict", false, "end with 1 on warnings, too")
	f.BoolVar(&l.rules, "rules", false, "list the rules, and look at nothing")
	return cmd
}

// lint prints what is found, and is an error where that is one.
func (k *console) lint(l linted) error {
	files, err := k.manifests(l.paths...)
	if err != nil {
		return err
	}
	if len(l.also) > 0 {
		own, err := k.manifests(l.also...)
		if err != nil {
			return err
		}
		files = append(files, own...)
	}
	options := lint.Options{KafkaBrokers: l.kafka, Replies: map[string][]string{}}
	if l.against != "" {
		if options.Against, err = k.manifests(l.against); err != nil {
			return err
		}
	}
	for _, r := range l.replies {
		service, types, ok := strings.Cut(r, "=")
		if !ok {
			return fmt.Errorf("-replies is %q: write SERVICE=TYPE,TYPE", r)
		}
		options.Replies[service] = append(options.Replies[service], strings.FieldsFunc(types, func(c rune) bool { return c == ',' })...)
	}
	found := lint.Check(files, options)
	if len(found.Unknown) > 0 {
		return fmt.Errorf("-replies names %s, which is not among the manifests", strings.Join(found.Unknown, ", "))
	}
	if found.Manifests > 0 || len(found.Findings) > 0 {
		err = k.findings(found, l.strict)
	}
	if err == nil && found.Manifests == 0 {
		return fmt.Errorf("there is no manifest in %s: name a file or folder with -f", strings.Join(l.paths, ", "))
	}
	return err
}

func (k *console) findings(found lint.Report, strict bool) error {
	errs, warnings := found.Count(lint.Error), found.Count(lint.Warning)
	sum := plural(errs, "error") + ", " + plural(warnings, "warning")
	err := k.print(found, "", func(line func(...any)) {
		for _, f := range found.Findings {
			line(f)
		}
		line(plural(found.Manifests, "manifest") + " in " + plural(found.Files, "file") + ": " + sum)
	})
	if err == nil && (errs > 0 || strict && warnings > 0) {
		err = errors.New("lint: " + sum)
	}
	return err
}

// plural is how many there are of something.
func plural(n int, of string) string {
	if n != 1 {
		of += "s"
	}
	return fmt.Sprintf("%d %s", n, of)
}

// manifests reads files, or those in the program.
func (k *console) manifests(paths ...string) ([]lint.File, error) {
	if len(paths) == 0 {
		return lint.FromFS(knative.Base())
	}
	return lint.Gather(k.in, paths...)
}

func (k *console) printRules() error {
	all := lint.Rules()
	return k.print(all, "RULE\tSEVERITY\tLOOKS FOR", func(line func(...any)) {
		for _, r := range all {
			line(r.Name, r.Severity, r.About)
		}
	})
}
