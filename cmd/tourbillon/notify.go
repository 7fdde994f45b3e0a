package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"tourbillon/internal/booking"

	"github.com/spf13/cobra"

	"tourbillon/internal/record"
	"tourbillon/internal/words"
)

// templates takes the folder that stands over the embedded templates. All that
// is wrong in it is said at once.
func (c *config) templates(folder string) (err error) {
	if folder == "" {
		return nil
	}
	if c.Words, err = words.Open(os.DirFS(folder)); err != nil {
		return errors.New("in " + folder + ":\n  " + strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return nil
}

// said is what customers are told in.
func (c config) said() *words.Words { return cmp.Or(c.Words, words.Embedded()) }

func (k *console) notifyCommand() *cobra.Command {
	return group("notify", "Look at the messages that customers are sent", k.notifyLs(), k.notifyPreview(), k.notifyTest())
}

func (k *console) notifyLs() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List the templates of messages, and the files of TOURBILLON_TEMPLATES that have a part in each", Args: cobra.NoArgs,
		Long: `List the templates of messages, and the files of TOURBILLON_TEMPLATES that have a part in each.

A message's sentences are in the file TEMPLATE.LOCALE.tmpl, those that all share in shared.LOCALE.tmpl;
layout.html.tmpl and layout.text.tmpl make a mail of them. A file of the same name in the folder
TOURBILLON_TEMPLATES stands over the embedded one; of one with sentences, only what it defines does.`,
		RunE: func(*cobra.Command, []string) error {
			all := k.said().Templates()
			return k.print(map[string]any{"templates": all}, "TEMPLATE\tCATEGORY\tLOCALES\tFROM", func(line func(...any)) {
				for _, t := range all {
					from := "embedded"
					if len(t.Overridden) > 0 {
						from = strings.Join(t.Overridden, ", ")
					}
					line(t.Name, t.Category, strings.Join(t.Locales, ", "), from)
				}
			})
		},
	}
}

// sampled is which example is meant, in which language and by which channel.
type sampled struct{ example, locale, channel string }

func (s *sampled) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.locale, "locale", "en", "the reader's language, as BCP 47 has it")
	cmd.Flags().StringVar(&s.channel, "channel", booking.ChannelMail, "how it travels: "+strings.Join(booking.Channels(), ", "))
}

func (k *console) notifyPreview() *cobra.Command {
	var s sampled
	var out string
	cmd := &cobra.Command{
		Use: "preview TEMPLATE", Args: takes(1),
		Short: "Show what a message says, with an example: its text, or its HTML in a file",
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := k.said().Sample(args[0], s.example, s.locale, s.channel)
			if err != nil {
				return err
			}
			if out == "" {
				return k.result(m, strings.TrimSpace(spelled(m)))
			}
			whole := m.HTML
			if whole == "" {
				whole = spelled(m)
			}
			if err := os.WriteFile(out, []byte(whole), 0o644); err != nil {
				return fmt.Errorf("write the preview: %w", err)
			}
			return k.result(map[string]string{"file": out}, "It is in "+out+".")
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&s.example, "example", "", "which of its examples: "+strings.Join(exampleLabels(), ", "))
	cmd.Flags().StringVar(&out, "out", "", "write it to this file: a mail's HTML, or else the text")
	return cmd
}

// spelled is a message as text.
func spelled(m record.Message) string {
	switch {
	case m.Channel == booking.ChannelText:
		return fmt.Sprintf("%s\n\n(text messages: %d)\n", m.Body, words.Segments(m.Body))
	case m.Subject != "":
		return m.Subject + "\n\n" + m.Body + "\n"
	}
	return m.Body + "\n"
}

func exampleLabels() (all []string) {
	for _, x := range words.Examples() {
		if !slices.Contains(all, x.Label) {
			all = append(all, x.Label)
		}
	}
	return all
}

func (k *console) notifyTest() *cobra.Command {
	var s sampled
	var to, template string
	cmd := &cobra.Command{
		Use: "test --to ADDRESS --template TEMPLATE", Args: cobra.NoArgs,
		Short: "Have the running system send an example of a message, to see how it arrives",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var sent struct {
				Key      string `json:"key"`
				Template string `json:"template"`
				Channel  string `json:"channel"`
				Locale   string `json:"locale"`
			}
			what := map[string]string{"to": to, "template": template, "locale": s.locale, "channel": s.channel}
			if err := k.ask(cmd.Context(), http.MethodPost, "/notifications/test", what, &sent); err != nil {
				return err
			}
			return k.result(sent, fmt.Sprintf("%s was sent by %s, in %s, as %s.", sent.Template, sent.Channel, sent.Locale, sent.Key))
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&to, "to", "", "the mail address, phone number or device that it goes to")
	cmd.Flags().StringVar(&template, "template", "booking.confirmed", "which message: see tourbillon notify ls")
	_ = cmd.MarkFlagRequired("to") // it was defined above
	return cmd
}
