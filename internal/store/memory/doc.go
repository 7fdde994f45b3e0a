// Package memory is the embedded store: records in this process, for a laptop,
// for tests and for the simulation. It keeps every promise of [store.Store]
// but one that it cannot keep: when the process ends, all is forgotten.
//
//	Store ─► 256 shards, by the record's id, each with its own lock
//	           ├─ records  key ─► revision, head, entries
//	           ├─ lists    name ─► ranking of members by score
//	           └─ due      ranking of lines by time ─► soonest, read without the lock
//
// A commit touches one shard and holds one lock. Due and List visit the shards
// one after the other and never hold two locks, so each shard is seen at its
// own moment.
//
// Bytes are kept and handed out as they are, not copied: the contract has both
// sides leave them alone. They are handed out without spare capacity, so that
// an append by one reader is not seen by another. Maps and slices of a Write
// are read and not kept.
package memory
