package redis

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// Durability is how the server keeps what it acknowledged, as it said when it
// was asked. Of a cluster it is the weakest of each that its primaries said.
type Durability struct {
	Known      bool   // it could be read: not every server allows CONFIG GET
	AppendOnly bool   // appendonly: each write goes into a log
	Fsync      string // appendfsync: always, everysec or no
	Rewrites   bool   // no-appendfsync-on-rewrite: no fsync while the log is rewritten
	Save       string // save: when snapshots are made; empty: never
	Eviction   string // maxmemory-policy: what goes when memory is full
	Waits      bool   // each commit waits for the disk (WAITAOF)
	Replicas   int    // that follow it, and may take over
}

// Risks says, a sentence each, how something that was acknowledged may be lost.
// There are none where Durability is not Known: then nobody can say.
func (d Durability) Risks() (risks []string) {
	switch {
	case !d.Known:
		return nil
	case !d.AppendOnly && d.Save == "":
		risks = append(risks, "all is lost when redis ends: set appendonly yes and appendfsync always")
	case !d.AppendOnly:
		risks = append(risks, "what was written since the last snapshot is lost when redis dies: set appendonly yes and appendfsync always")
	case d.Waits:
	case d.Fsync == "everysec":
		risks = append(risks, "up to two seconds of writes are lost when the machine dies: set appendfsync always")
	case d.Fsync != "always":
		risks = append(risks, "the last writes, half a minute's or more, are lost when the machine dies: set appendfsync always")
	case d.Rewrites:
		risks = append(risks, "writes are not on the disk while the log is rewritten: set no-appendfsync-on-rewrite no")
	}
	if strings.HasPrefix(d.Eviction, "allkeys-") {
		risks = append(risks, "records are thrown away when memory is full: set maxmemory-policy noeviction")
	}
	if d.Replicas > 0 {
		risks = append(risks, "a replica that takes over may lack the last writes: it follows a moment later")
	}
	return risks
}

// log says it in one line, which is a warning where something may be lost.
func (d Durability) log(log *slog.Logger) {
	if !d.Known {
		log.Warn("redis does not say how it keeps data (CONFIG GET is refused): see that it has appendonly yes, appendfsync always and maxmemory-policy noeviction",
			"waitaof", d.Waits)
		return
	}
	about := []any{
		"appendonly", d.AppendOnly, "appendfsync", d.Fsync, "no_appendfsync_on_rewrite", d.Rewrites,
		"save", d.Save, "maxmemory_policy", d.Eviction, "replicas", d.Replicas, "waitaof", d.Waits,
	}
	if risks := d.Risks(); len(risks) > 0 {
		log.Warn("redis may lose what it acknowledged", append(about, "why", strings.Join(risks, "; "))...)
		return
	}
	log.Info("redis keeps what it acknowledges", about...)
}

// weaker returns the weaker of each.
func (d Durability) weaker(e Durability) Durability {
	strength := map[string]int{"always": 2, "everysec": 1}
	if strength[e.Fsync] < strength[d.Fsync] {
		d.Fsync = e.Fsync
	}
	if e.Save == "" {
		d.Save = ""
	}
	if strings.HasPrefix(e.Eviction, "allkeys-") {
		d.Eviction = e.Eviction
	}
	d.Known = d.Known && e.Known
	d.AppendOnly = d.AppendOnly && e.AppendOnly
	d.Rewrites = d.Rewrites || e.Rewrites
	d.Replicas += e.Replicas
	return d
}

// durability asks the server, or each primary of a cluster. A server that does
// not answer is an error; one that refuses is not.
func (s *Store) durability(ctx context.Context) (Durability, error) {
	cluster, ok := s.client.(*goredis.ClusterClient)
	if !ok {
		return askDurability(ctx, s.client)
	}
	answers := make(chan Durability, 1)
	answers <- Durability{Known: true, AppendOnly: true, Fsync: "always", Save: "?", Eviction: "noeviction"}
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, one *goredis.Client) error {
		d, err := askDurability(ctx, one)
		answers <- (<-answers).weaker(d)
		return err
	})
	return <-answers, err
}

func askDurability(ctx context.Context, server goredis.Cmdable) (d Durability, err error) {
	p := server.Pipeline()
	ask := func(setting string) *goredis.MapStringStringCmd { return p.ConfigGet(ctx, setting) }
	appendOnly, fsync, rewrites := ask("appendonly"), ask("appendfsync"), ask("no-appendfsync-on-rewrite")
	save, eviction := ask("save"), ask("maxmemory-policy")
	if _, err := p.Exec(ctx); err != nil {
		return Durability{}, alone(err)
	}
	about, err := server.Info(ctx, "replication").Result()
	if alone(err) != nil {
		return Durability{}, err
	}
	if _, n, ok := strings.Cut(about, "connected_slaves:"); ok {
		_, _ = fmt.Sscan(n, &d.Replicas) // 0 where it says none
	}
	d.AppendOnly = appendOnly.Val()["appendonly"] == "yes"
	d.Fsync = fsync.Val()["appendfsync"]
	d.Rewrites = rewrites.Val()["no-appendfsync-on-rewrite"] == "yes"
	d.Save = save.Val()["save"]
	d.Eviction = eviction.Val()["maxmemory-policy"]
	d.Known = d.Fsync != "" // some answer, and say nothing
	return d, nil
}
