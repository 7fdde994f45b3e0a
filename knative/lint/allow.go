package lint

import (
	"bufio"
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// allowance is a comment that lets a finding be:
//
//	# lint: allow RULE: the reason
//
// on the line of the finding or on the one above, or, among the comments at
// the head of a document, for the whole of it.
type allowance struct {
	rule        string
	first, last int // the lines it is for
}

var allowing = regexp.MustCompile(`#\s*lint:\s*allow\s+([a-z0-9-]+)\s*:\s*\S`)

// allowances finds the comments of a file.
func allowances(text []byte) []allowance {
	var all []allowance
	var heads []int // those of all that are at the head of the document under way
	line, head := 0, true
	scan := bufio.NewScanner(bytes.NewReader(text))
	scan.Buffer(nil, len(text)+1)
	for scan.Scan() {
		line++
		one := strings.TrimSpace(scan.Text())
		if strings.HasPrefix(scan.Text(), "---") {
			head, heads = true, nil
		} else if one != "" && one[0] != '#' {
			head = false
		}
		for _, i := range heads {
			all[i].last = line
		}
		if m := allowing.FindStringSubmatch(one); m != nil {
			if head {
				heads = append(heads, len(all))
			}
			all = append(all, allowance{m[1], line, line + 1})
		}
	}
	return all
}

// allows reports whether one of the comments lets that rule's finding be.
func allows(all []allowance, rule string, line int) bool {
	return slices.ContainsFunc(all, func(a allowance) bool {
		return a.rule == rule && a.first <= line && line <= a.last
	})
}
