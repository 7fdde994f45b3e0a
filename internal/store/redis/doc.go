// Package redis is the store that processes share: records in a Redis server,
// or in a Redis Cluster.
//
//	Store ─► one round trip a call
//	           ├─ tourbillon:{s017}:booking:b-4f2c   hash   revision, head, entries
//	           ├─ tourbillon:{s017}:due              zset   the shard's lines by time
//	           ├─ tourbillon:{s017}:list:departures  zset   the shard's part of a list
//	           └─ tourbillon:{s017}:booking:b-4f2c   channel: says that the record was written
//
// The braces are the hash tag: a record, and what it changes in its shard, are
// in one slot of a cluster, so a commit is one script that is whole or not at
// all. Due, List and Count ask all 256 shards in one pipeline.
//
// # Revisions
//
// A record's revision is not counted up: each commit brings a random one. So a
// commit that is sent again, because its answer was lost, finds its own
// revision in the record and is answered that it was made; and after a failover
// that lost the newest writes, nobody can commit on what he had read of them.
// Only when another commit came in between, the second sending is answered
// [store.ErrConflict] though the first was made: then [store.Records] loads and
// decides again, and the entry says what was done.
//
// # What is promised
//
// All of [store.Store], as long as the server keeps what it acknowledged: Open
// reads how it does that, says it in one log line, and warns where it may lose
// something. After [store.ErrUnavailable] a commit may have been made. A line
// whose claim was answered to nobody comes again after the claim. Nothing has a
// time to live here.
//
// No call takes more than ten seconds. A context's deadline is kept; one that is
// cancelled is noticed when the server answers, or after three seconds.
package redis
