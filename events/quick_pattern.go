package events

import (
	"math"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// pattern is a schema's pattern, and a chain that knows the plain ones among
// the strings that match it.
type pattern struct {
	all   jsonschema.Regexp
	plain []link // nil: there is none
}

// link is a stretch of a string: how many of which ASCII characters.
type link struct {
	set         [128]bool
	least, most int
}

func newPattern(all jsonschema.Regexp) *pattern {
	if all == nil {
		return nil
	}
	p := &pattern{all: all}
	tree, err := syntax.Parse(all.String(), syntax.Perl) // as the validator's package regexp does
	if err != nil || tree.Op != syntax.OpConcat || len(tree.Sub) < 2 {
		return p
	}
	last := len(tree.Sub) - 1
	if tree.Sub[0].Op != syntax.OpBeginText || tree.Sub[last].Op != syntax.OpEndText {
		return p
	}
	var c chain
	for _, sub := range tree.Sub[1:last] {
		c.add(sub)
	}
	if !c.broken {
		p.plain = c.links
	}
	return p
}

// matches takes the chain's yes: what it can read to the end, the pattern can.
func (p *pattern) matches(s []byte) bool {
	return p.plain != nil && follow(p.plain, s) || p.all.MatchString(string(s))
}

func follow(links []link, s []byte) bool {
	for i := range links {
		l := &links[i]
		n := 0
		for n < len(s) && n < l.most && s[n] < 128 && l.set[s[n]] {
			n++
		}
		if n < l.least {
			return false
		}
		s = s[n:]
	}
	return len(s) == 0
}

// chain collects the links of one way through an expression: without what is
// optional, and by the first of two alternatives.
type chain struct {
	links  []link
	broken bool
}

func (c *chain) add(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpQuest:
	case syntax.OpCapture, syntax.OpAlternate:
		c.add(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			c.add(sub)
		}
	case syntax.OpStar:
		c.repeat(re.Sub[0], 0, math.MaxInt)
	case syntax.OpPlus:
		c.repeat(re.Sub[0], 1, math.MaxInt)
	case syntax.OpRepeat:
		most := re.Max
		if most < 0 {
			most = math.MaxInt
		}
		c.repeat(re.Sub[0], re.Min, most)
	default:
		c.repeat(re, 1, 1)
	}
}

// repeat adds characters of one class. What may be left out and is more than
// one character is left out.
func (c *chain) repeat(re *syntax.Regexp, least, most int) {
	l := link{least: least, most: most}
	switch {
	case re.Op == syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= min(re.Rune[i+1], 127); r++ {
				l.set[r] = true
			}
		}
		c.links = append(c.links, l)
	case re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0 && (len(re.Rune) == 1 || least == 1 && most == 1):
		for _, r := range re.Rune {
			l.set = [128]bool{}
			if r < 128 { // else the link matches nothing, and the chain is never sure
				l.set[r] = true
			}
			c.links = append(c.links, l)
		}
	case least > 0:
		c.broken = true
	}
}
