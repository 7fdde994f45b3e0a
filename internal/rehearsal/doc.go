// Package rehearsal tries what would happen: the functions themselves, on
// records that are kept aside, with nobody outside who is asked for anything.
//
//	event ─► functions ─► records aside ─► what is said ─► functions ...
//	             │
//	             └─► imagined provider ─► the real one, to look and no more
//
// Promised: no record is written, no event is published, no money moves and no
// message is sent; what is rehearsed is decided by the very code that decides
// when it is done. Not promised: that it then happens so. Somebody else may be
// faster, a card may be declined, a refund refused: the imagined provider takes
// what it is asked to take and gives back what it is asked to give back, and
// beyond that knows what the real one says when it is looked at.
package rehearsal
