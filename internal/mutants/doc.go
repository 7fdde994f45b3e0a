// Mutants plants faults in the sources, one at a time, and demands that the
// test that each one names turns red. A rule that no test holds is a hope.
//
//	go run ./internal/mutants [-run regexp] [-v]
//
// A fault is a file in the folder faults, named for what is wrong:
//
//	why: a booking that has its seats must not take them again
//	file: internal/booking/departure.go
//	test: ./internal/sim TestSeeds
//
//	 func (d Departure) Hold(s Seat, b Booking, now time.Time) (Departure, Seat) {
//	-	if s.Held != nil || s.Refused != nil || s.Released != nil {
//	+	if s.Refused != nil || s.Released != nil {
//
// A head, an empty line, and what changes: "-" before a line that goes, "+"
// before one that comes, a blank before one that stays. A line that begins
// with "@@" starts the next change in the same file. The test is a package
// and a regexp, as `go test -run` takes it, of whole names. With the head line
// "hangs: yes", running out of time counts as red.
//
// The program fails if a fault survives, if its lines are not in the file
// exactly once (the code has moved on: so must the fault), if it does not
// compile, or if its test is not green, or does not run, without it. The
// sources are not touched: the compiler is given the changed file by an
// overlay.
package main
