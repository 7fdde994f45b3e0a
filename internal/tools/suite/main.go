// Suite runs go test, prints what go test prints, and says at the end how many
// tests passed, failed and were skipped, and which these are.
//
//	go run ./internal/tools/suite [-race] [-noskip] -- ./...
//
// What stands after "--" is go test's. A run in which no test passed has
// failed. With -noskip, so has one that skipped any. With -race the race
// detector is on; where there is no C compiler, which it needs, that is said
// and the tests run without.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	race := flag.Bool("race", false, "turn the race detector on")
	noskip := flag.Bool("noskip", false, "fail if a test was skipped")
	flag.Parse()
	args := []string{"test", "-json"}
	if *race {
		args = append(args, raceFlag()...)
	}
	if err := run(append(args, flag.Args()...), *noskip); err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		os.Exit(1)
	}
}

// run runs go with args, shows what comes, and judges it.
func run(args []string, noskip bool) error {
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
	return errors.Join(err, cmd.Wait(), t.verdict(noskip))
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
