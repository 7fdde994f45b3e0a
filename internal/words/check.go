package words

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"tourbillon/internal/booking"
)

// check says every example in every language, part by part, and then laid out.
// It returns all that is wrong, each once.
func (w *Words) check() []error {
	c := checker{words: w, seen: make(map[string]bool)}
	for i := range voices {
		for _, x := range Examples() {
			c.try(x, i)
		}
	}
	return c.wrong
}

type checker struct {
	words *Words
	seen  map[string]bool
	wrong []error
}

// say keeps a complaint that was not made before.
func (c *checker) say(what, where string) {
	if !c.seen[what] {
		c.seen[what] = true
		c.wrong = append(c.wrong, errors.New(what+where))
	}
}

func (c *checker) try(x Example, voice int) {
	v := voices[voice]
	k, _ := kindOf(x.Template)
	t, told, well := c.words.said[k.name][voice], v.told(x.News, k.category), true
	for _, part := range slices.Concat(parts, sharedParts) {
		text, err := said(t, part, told)
		if err != nil {
			c.say(plain(err), "")
			well = false
		} else if no := lacks(part, v.typeset(text)); no != "" {
			is := t.Lookup(part)
			at, _ := is.ErrorContext(is.Root)
			c.say(fmt.Sprintf("%s: %q %s", at, part, no), ", as in the example "+x.Label)
		}
	}
	if !well {
		return // it is known why
	}
	x.Customer.Locale = v.tag.String()
	if _, err := c.words.Say(x.News, booking.ChannelMail); err != nil {
		c.say(strings.TrimPrefix(err.Error(), laying), "")
	}
}

// lacks says what is wrong with a part that was said.
func lacks(part, text string) string {
	switch part {
	case "subject", "title", "summary", "lead", "text", "brand":
		if text == "" {
			return "says nothing"
		}
	case "facts":
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && !strings.Contains(line, ": ") {
				return fmt.Sprintf("has the line %q, which is not of the form \"Label: value\"", line)
			}
		}
	}
	return ""
}

// plain is what package template complains of, as file, line, template and what
// is wrong.
func plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "html/template:")
	text = strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(text, "template:")), "html/template:")
	for of, has := range map[string]reflect.Type{" in type words.Told": reflect.TypeFor[Told](), " in type words.Page": reflect.TypeFor[Page]()} {
		if what, ok := strings.CutSuffix(text, of); ok {
			text = what + ": there are " + fields(has)
		}
	}
	return text
}

// fields are what a template can name of a type.
func fields(t reflect.Type) string {
	var all []string
	for _, f := range reflect.VisibleFields(t) {
		if !f.Anonymous {
			all = append(all, "."+f.Name)
		}
	}
	return strings.Join(all, ", ")
}
