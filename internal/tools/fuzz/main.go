// Fuzz runs every fuzz target of the repository, one after the other, each
// for a while.
//
//	go run ./internal/tools/fuzz -time 20s
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	each := flag.Duration("time", 20*time.Second, "how long each target runs")
	flag.Parse()
	if err := fuzz(*each); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

// shortened is how long an input that was found may be made shorter. Left alone
// that takes up to a minute each, which counts as none tried and is most of a run.
const shortened = "1000x"

func fuzz(each time.Duration) error {
	cmd := exec.Command("go", "test", "-list=^Fuzz", "./...")
	cmd.Stderr = os.Stderr
	list, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("list the targets: %w\n%s", err, list)
	}
	targets := parse(string(list))
	for _, t := range targets {
		fmt.Println(t.pkg, t.name)
		cmd := exec.Command("go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+each.String(), "-fuzzminimizetime="+shortened, t.pkg)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s %s: %w", t.pkg, t.name, err)
		}
	}
	fmt.Println(len(targets), "fuzz targets ran for", each, "each")
	return nil
}

// target is one fuzz target.
type target struct{ pkg, name string }

// parse reads what go test -list prints: the names of a package, then a line
// that begins with "ok" and has the package second.
func parse(list string) (targets []target) {
	var names []string
	for line := range strings.Lines(list) {
		words := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "Fuzz"):
			names = append(names, words[0])
		case len(words) > 1 && words[0] == "ok":
			for _, name := range names {
				targets = append(targets, target{words[1], name})
			}
			names = nil
		}
	}
	return targets
}
