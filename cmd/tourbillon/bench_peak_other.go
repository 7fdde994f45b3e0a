//go:build !unix

package main

import (
	"os"
	"time"
)

// peakOf is not known here.
func peakOf(*os.ProcessState) int64 { return 0 }

// cpuHere is not known here.
func cpuHere() time.Duration { return 0 }

// mostDescriptors are not known here.
func mostDescriptors() (most uint64, known bool) { return 0, false }
