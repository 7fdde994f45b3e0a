package sim

// coroutine runs a function that stops where it yields, and goes on when it is
// resumed: only ever one side runs. It is a goroutine and two channels rather
// than iter.Pull, whose coroutines the race detector never lets go of.
type coroutine struct {
	resume chan bool // false: you are abandoned
	points chan string
	gone   *bool
}

// abandoned is what unwinds a coroutine that is never resumed.
type abandoned struct{}

// start makes a coroutine; nothing of do runs before the first next.
func start(do func()) coroutine {
	c := coroutine{resume: make(chan bool), points: make(chan string), gone: new(bool)}
	go func() {
		defer close(c.points)
		defer func() {
			if p := recover(); p != nil && !*c.gone {
				panic(p)
			}
		}()
		if c.await(); !*c.gone {
			do()
		}
	}()
	return c
}

func (c coroutine) await() { *c.gone = !<-c.resume }

// yield stops the coroutine at a point, for good if it is abandoned: then it
// unwinds, and so does all that it still tries.
func (c coroutine) yield(point string) {
	if !*c.gone {
		c.points <- point
		c.await()
	}
	if *c.gone {
		panic(abandoned{})
	}
}

// next lets the coroutine go on to its next point, or to its end (false).
func (c coroutine) next() (string, bool) {
	c.resume <- true
	point, more := <-c.points
	return point, more
}

// stop abandons a coroutine that stands at a point, or has not begun.
func (c coroutine) stop() {
	c.resume <- false
	<-c.points
}
