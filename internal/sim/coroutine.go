package sim

// coroutine runs functions, one after another, that stop where they yield and
// go on when they are resumed: only ever one side runs. It is one goroutine
// and two channels rather than iter.Pull, whose coroutines the race detector
// never lets go of, and which would grow a new stack for each delivery. The
// zero value is ready.
type coroutine struct {
	do     func()
	resume chan bool // false: you are abandoned
	points chan point
	gone   bool
}

// point is where a function stands, or that it ended.
type point struct {
	op   string
	more bool
}

// abandoned is what unwinds a function that is never resumed.
type abandoned struct{}

// start has do run from the first next on.
func (c *coroutine) start(do func()) {
	c.do = do
	if c.resume == nil {
		c.resume, c.points = make(chan bool), make(chan point)
		go c.run()
	}
}

func (c *coroutine) run() {
	defer close(c.points)
	defer func() {
		if p := recover(); p != nil && !c.gone {
			panic(p)
		}
	}()
	for <-c.resume {
		if c.do(); c.gone {
			return // the abandonment was recovered from on the way
		}
		c.points <- point{}
	}
}

// yield stops the function at a point, for good if it is abandoned: then it
// unwinds, and so does all that it still tries.
func (c *coroutine) yield(op string) {
	if !c.gone {
		c.points <- point{op, true}
		c.gone = !<-c.resume
	}
	if c.gone {
		panic(abandoned{})
	}
}

// next lets the function go on to its next point, or to its end (false).
func (c *coroutine) next() (string, bool) {
	c.resume <- true
	p := <-c.points
	return p.op, p.more
}

// stop ends the coroutine, wherever it stands.
func (c *coroutine) stop() {
	if c.resume == nil {
		return
	}
	c.resume <- false
	<-c.points // closed, once it has unwound
}
