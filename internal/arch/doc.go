// Package arch holds the rules of this repository that a reader relies on and
// a compiler does not check. It is tests only.
//
//	floor 5   cmd/tourbillon, internal/sim, internal/gen, ...   everything
//	floor 4   functions, functions/*, knative, internal/operator  0, 1, 2, 4
//	floor 3   events/memory, internal/store/memory, ...         0, 1, 2 and one client library each
//	floor 2   saga, internal/arrow, internal/store, ...         0, 1, 2
//	floor 1   events                                            0
//	floor 0   internal/booking, internal/parse                  the standard library, and for parse its JSON reader
//
// Imports go down. Besides: a client library is named in one place, files and
// functions fit on a page, a function is called by one word, one file reads
// the environment, decisions take time as an argument, and only programs
// print.
//
// A rule is a function from the parsed sources to complaints. The tests run
// every rule twice: over the repository, where it must find nothing, and over
// small sources planted to break it, where it must find them. A rule without
// a planted source fails.
package arch
