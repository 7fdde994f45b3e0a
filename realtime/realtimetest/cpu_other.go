//go:build !unix

package realtimetest

import "time"

// CPU is not known here.
func CPU() time.Duration { return 0 }
