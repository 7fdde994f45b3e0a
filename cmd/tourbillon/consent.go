package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tourbillon/internal/booking"
)

// consent is whether what was shown is to be done, by whom and why.
type consent struct {
	*console
	yes      bool
	who, why string
}

// errNoReason is a wish without a reason, which is kept for years.
var errNoReason = errors.New("say why, by -reason: it is kept with what is done")

// flags are -yes and, for what leaves a fact, -as and -reason.
func (c *consent) flags(cmd *cobra.Command, signed bool) {
	cmd.Flags().BoolVar(&c.yes, "yes", false, "do it")
	if signed {
		cmd.Flags().StringVar(&c.who, "as", c.User, "who does it (default: USER)")
		cmd.Flags().StringVar(&c.why, "reason", "", "why it is done")
	}
}

// signed is who and why, as the API takes it.
func (c consent) signed() map[string]string {
	return map[string]string{"who": c.who, "why": c.why}
}

// given reports whether to go on: by -yes, or by the answer on a terminal.
func (c consent) given(question string) (bool, error) {
	if c.yes || c.json() || !terminal(c.in) {
		return c.yes, nil
	}
	fmt.Fprint(c.out, question, " [y/N] ")
	answer, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil && answer == "" {
		return false, nil // closed: nobody answers
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", nil
}

// terminal reports whether a person may answer. The null device is a device of
// characters too, and nobody is there.
func terminal(in fs.File) bool {
	if in == nil {
		return false
	}
	info, err := in.Stat()
	null, none := os.Stat(os.DevNull)
	return err == nil && info.Mode()&fs.ModeCharDevice != 0 && !(none == nil && os.SameFile(info, null))
}

// result writes what was done: whole as JSON, or in words.
func (k *console) result(whole any, words string) error {
	if k.json() {
		e := json.NewEncoder(k.out)
		e.SetIndent("", "  ")
		return e.Encode(whole)
	}
	if words == "" {
		words = "Nothing was done: add -yes to do it."
	}
	_, err := fmt.Fprintln(k.out, words)
	return err
}

// callView is what a payment provider would be asked for.
type callView struct {
	Verb   string        `json:"verb"`
	Amount booking.Money `json:"amount"`
}
