package kafka

// Through returns the settings of a transport that opens its connections so.
func (s Settings) Through(reach dial) Settings {
	s.reach = reach
	return s
}
