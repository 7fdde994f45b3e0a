// Cover reads a coverage profile, prints the share of statements that ran for
// each package that it is told, and fails if one is below the floor.
//
//	go run ./internal/tools/cover -min 90 cover.out ./saga,./events
//
// With -coverpkg a profile has every block once per test binary; a block ran
// if it ran in any of them.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
)

const module = "tourbillon"

func main() {
	floor := flag.Float64("min", 90, "percent of statements that each package needs")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: cover [-min percent] profile ./package,./package")
		os.Exit(2)
	}
	if err := report(os.Stdout, flag.Arg(0), strings.Split(flag.Arg(1), ","), *floor); err != nil {
		fmt.Fprintln(os.Stderr, "cover:", err)
		os.Exit(1)
	}
}

// report prints the table and returns an error if a package is below floor.
func report(out io.Writer, profile string, packages []string, floor float64) error {
	f, err := os.Open(profile)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	blocks, err := read(f)
	if err != nil {
		return fmt.Errorf("%s: %w", profile, err)
	}
	return table(out, count(blocks), packages, floor)
}

// table prints a line per package.
func table(out io.Writer, shares map[string]share, packages []string, floor float64) error {
	var low []string
	for _, p := range packages {
		p = path.Clean(p)
		s := shares[p]
		fmt.Fprintf(out, "%-20s %5d of %5d statements  %5.1f %%\n", p, s.ran, s.all, s.percent())
		if s.percent() < floor {
			low = append(low, p)
		}
	}
	if len(low) > 0 {
		return fmt.Errorf("below %v %%: %s", floor, strings.Join(low, ", "))
	}
	return nil
}

// block is a stretch of statements without a branch.
type block struct {
	statements int
	ran        bool
}

// read returns the blocks of a profile by place: "tourbillon/saga/plan.go:3.2,5.4".
func read(profile io.Reader) (map[string]block, error) {
	blocks := make(map[string]block)
	lines := bufio.NewScanner(profile)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "mode: ") {
			continue
		}
		words := strings.Fields(lines.Text())
		if len(words) != 3 {
			return nil, fmt.Errorf("line %q: want place, statements and count", lines.Text())
		}
		statements, err := strconv.Atoi(words[1])
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", lines.Text(), err)
		}
		blocks[words[0]] = block{statements, blocks[words[0]].ran || words[2] != "0"}
	}
	return blocks, lines.Err()
}

// share is how many of a package's statements ran.
type share struct{ ran, all int }

// percent is 0 for a package without statements: the profile does not know it.
func (s share) percent() float64 { return 100 * float64(s.ran) / float64(max(1, s.all)) }

// count adds the blocks up by package, within the module.
func count(blocks map[string]block) map[string]share {
	shares := make(map[string]share)
	for place, b := range blocks {
		file, _, _ := strings.Cut(place, ":")
		p := strings.TrimPrefix(path.Dir(file), module+"/")
		s := shares[p]
		s.all += b.statements
		if b.ran {
			s.ran += b.statements
		}
		shares[p] = s
	}
	return shares
}
