package post

// Kept is how many keys are kept.
func Kept(p *PerHour) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.young) + len(p.old)
}
