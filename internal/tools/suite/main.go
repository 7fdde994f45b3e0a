// Suite runs go test, prints what go test prints, and says at the end how many
// tests passed, failed and were skipped, and which these are.
//
//	go run ./internal/tools/suite [-race] [-noskip] [-tag integration] -- ./...
//
// What stands after "--" is go test's: flags written as -name=value, then
// packages. A run in which no test passed has failed. With -noskip, so has one
// that skipped any. With -race the race detector is on; where there is no C
// compiler, which it needs, that is said and the tests run without. With -tag
// only those tests run that there are with this build tag alone, and a package
// that has some and of which none passed has failed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	race := flag.Bool("race", false, "turn the race detector on")
	noskip := flag.Bool("noskip", false, "fail if a test was skipped")
	tag := flag.String("tag", "", "run the tests that there are with this build tag alone")
	flag.Parse()
	args := []string{"test", "-json"}
	if *race {
		args = append(args, raceFlag()...)
	}
	var err error
	if *tag == "" {
		err = run(append(args, flag.Args()...), nil, *noskip)
	} else {
		err = runTagged(args, flag.Args(), *tag, *noskip)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		os.Exit(1)
	}
}

// runTagged runs the tests that the packages have with the tag alone.
func runTagged(args, rest []string, tag string, noskip bool) error {
	n := slices.IndexFunc(rest, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	if n < 0 {
		return errors.New("no packages are named: end with ./... for all")
	}
	must, err := findTagged(tag, rest[n:])
	if err != nil {
		return err
	}
	return run(slices.Concat(args, rest[:n], must.args(tag)), must, noskip)
}

// run runs go with args, shows what comes, and judges it. Of every package of
// must a test must pass.
func run(args []string, must tagged, noskip bool) error {
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	stream, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	t, err := show(os.Stdout, stream)
	return errors.Join(err, cmd.Wait(), t.verdict(noskip), must.missing(t.good))
}

// raceFlag is -race where there is a C compiler.
func raceFlag() []string {
	cc, err := exec.Command("go", "env", "CC").Output()
	if err == nil {
		if words := strings.Fields(string(cc)); len(words) > 0 {
			_, err = exec.LookPath(words[0])
		}
	}
	if err != nil {
		fmt.Printf("!! THE RACE DETECTOR IS OFF: it needs a C compiler (%v)\n", err)
		return nil
	}
	return []string{"-race"}
}
