package process

import (
	"bytes"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	for says, c := range map[string]struct {
		parts []string
		want  string
	}{
		"a line in parts is one":          {[]string{"a", "b\nc", "d\n"}, "x: ab\nx: cd\n"},
		"one without an end gets it":      {[]string{"a\nb"}, "x: a\nx: b\n"},
		"empty lines are left out":        {[]string{"\n\na\n\n"}, "x: a\n"},
		"one that does not end is broken": {[]string{strings.Repeat("a", longest), "b\n"}, "x: " + strings.Repeat("a", longest) + "\nx: b\n"},
	} {
		t.Run(says, func(t *testing.T) {
			var out bytes.Buffer
			l := &lines{to: &out, prefix: "x: "}
			for _, p := range c.parts {
				if n, err := l.Write([]byte(p)); n != len(p) || err != nil {
					t.Fatal(n, err)
				}
			}
			l.end()
			if out.String() != c.want {
				t.Errorf("got %q", out.String())
			}
		})
	}
}
