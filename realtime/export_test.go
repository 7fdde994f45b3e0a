package realtime

// Told is how many messages were handed to connections, without the rest of
// [Hub.Stats].
func (h *Hub) Told() uint64 { return h.stats.out.Load() }
