// Package storetest holds every backend to the contract of [store.Store], and
// shows that [store.Records] over it does what it promises.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { return memory.New() })
//	}
//
// The store opened may be shared and full: each check uses record ids and list
// names that nobody had before. Lines cannot be told apart that way, as Due
// takes from all of them; so those of the checks fall due in 1990, and what is
// due before 2001 belongs to this package. Only one Run at a time may use a
// store. No check waits for time to pass.
//
// [Faulty] is a store that fails on command.
package storetest
