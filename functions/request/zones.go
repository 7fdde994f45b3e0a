package request

import "slices"

// zoneGroup are the zones of a part of the world.
type zoneGroup struct {
	Label   string // empty: of none
	Options []option
}

// place is a zone by the name of its city, in the order of tongues.
type place struct {
	zone string
	city [2]string
}

// world are the places that the form offers, by the alphabet of its first
// language. Whoever lives elsewhere finds one whose clocks are the same; a zone
// that was chosen by other means is offered too.
var world = []struct {
	label  [2]string
	places []place
}{
	{[2]string{"Europe", "Europe"}, []place{
		{"Europe/Amsterdam", [2]string{"Amsterdam", "Amsterdam"}}, {"Europe/Athens", [2]string{"Athens", "Athènes"}},
		{"Europe/Berlin", [2]string{"Berlin", "Berlin"}}, {"Europe/Brussels", [2]string{"Brussels", "Bruxelles"}},
		{"Europe/Bucharest", [2]string{"Bucharest", "Bucarest"}}, {"Europe/Copenhagen", [2]string{"Copenhagen", "Copenhague"}},
		{"Europe/Dublin", [2]string{"Dublin", "Dublin"}}, {"Europe/Helsinki", [2]string{"Helsinki", "Helsinki"}},
		{"Europe/Istanbul", [2]string{"Istanbul", "Istanbul"}}, {"Europe/Kyiv", [2]string{"Kyiv", "Kiev"}},
		{"Europe/Lisbon", [2]string{"Lisbon", "Lisbonne"}}, {"Europe/London", [2]string{"London", "Londres"}},
		{"Europe/Luxembourg", [2]string{"Luxembourg", "Luxembourg"}}, {"Europe/Madrid", [2]string{"Madrid", "Madrid"}},
		{"Europe/Oslo", [2]string{"Oslo", "Oslo"}}, {"Europe/Paris", [2]string{"Paris", "Paris"}},
		{"Europe/Prague", [2]string{"Prague", "Prague"}}, {"Atlantic/Reykjavik", [2]string{"Reykjavik", "Reykjavik"}},
		{"Europe/Rome", [2]string{"Rome", "Rome"}}, {"Europe/Stockholm", [2]string{"Stockholm", "Stockholm"}},
		{"Europe/Vienna", [2]string{"Vienna", "Vienne"}}, {"Europe/Warsaw", [2]string{"Warsaw", "Varsovie"}},
		{"Europe/Zurich", [2]string{"Zurich", "Zurich"}},
	}},
	{[2]string{"The Americas", "Amériques"}, []place{
		{"America/Anchorage", [2]string{"Anchorage", "Anchorage"}}, {"America/Bogota", [2]string{"Bogotá", "Bogota"}},
		{"America/Argentina/Buenos_Aires", [2]string{"Buenos Aires", "Buenos Aires"}}, {"America/Cayenne", [2]string{"Cayenne", "Cayenne"}},
		{"America/Chicago", [2]string{"Chicago", "Chicago"}}, {"America/Denver", [2]string{"Denver", "Denver"}},
		{"America/Guadeloupe", [2]string{"Guadeloupe", "Guadeloupe"}}, {"America/Halifax", [2]string{"Halifax", "Halifax"}},
		{"Pacific/Honolulu", [2]string{"Honolulu", "Honolulu"}}, {"America/Lima", [2]string{"Lima", "Lima"}},
		{"America/Los_Angeles", [2]string{"Los Angeles", "Los Angeles"}}, {"America/Martinique", [2]string{"Martinique", "Martinique"}},
		{"America/Mexico_City", [2]string{"Mexico City", "Mexico"}}, {"America/New_York", [2]string{"New York", "New York"}},
		{"America/Santiago", [2]string{"Santiago", "Santiago"}}, {"America/Sao_Paulo", [2]string{"São Paulo", "São Paulo"}},
		{"America/St_Johns", [2]string{"St. John’s", "Saint-Jean de Terre-Neuve"}}, {"America/Toronto", [2]string{"Toronto, Montréal", "Toronto, Montréal"}},
		{"America/Vancouver", [2]string{"Vancouver", "Vancouver"}},
	}},
	{[2]string{"Africa", "Afrique"}, []place{
		{"Africa/Abidjan", [2]string{"Abidjan", "Abidjan"}}, {"Africa/Algiers", [2]string{"Algiers", "Alger"}},
		{"Africa/Cairo", [2]string{"Cairo", "Le Caire"}}, {"Africa/Casablanca", [2]string{"Casablanca", "Casablanca"}},
		{"Africa/Dakar", [2]string{"Dakar", "Dakar"}}, {"Africa/Johannesburg", [2]string{"Johannesburg", "Johannesbourg"}},
		{"Africa/Kinshasa", [2]string{"Kinshasa", "Kinshasa"}}, {"Africa/Lagos", [2]string{"Lagos", "Lagos"}},
		{"Indian/Mauritius", [2]string{"Mauritius", "Maurice"}}, {"Africa/Nairobi", [2]string{"Nairobi", "Nairobi"}},
		{"Indian/Reunion", [2]string{"Réunion", "La Réunion"}}, {"Africa/Tunis", [2]string{"Tunis", "Tunis"}},
	}},
	{[2]string{"Asia", "Asie"}, []place{
		{"Asia/Bangkok", [2]string{"Bangkok", "Bangkok"}}, {"Asia/Beirut", [2]string{"Beirut", "Beyrouth"}},
		{"Asia/Dhaka", [2]string{"Dhaka", "Dacca"}}, {"Asia/Dubai", [2]string{"Dubai", "Dubaï"}},
		{"Asia/Hong_Kong", [2]string{"Hong Kong", "Hong Kong"}}, {"Asia/Jakarta", [2]string{"Jakarta", "Jakarta"}},
		{"Asia/Jerusalem", [2]string{"Jerusalem", "Jérusalem"}}, {"Asia/Karachi", [2]string{"Karachi", "Karachi"}},
		{"Asia/Kolkata", [2]string{"Mumbai, Delhi", "Bombay, Delhi"}}, {"Asia/Manila", [2]string{"Manila", "Manille"}},
		{"Asia/Riyadh", [2]string{"Riyadh", "Riyad"}}, {"Asia/Seoul", [2]string{"Seoul", "Séoul"}},
		{"Asia/Shanghai", [2]string{"Shanghai", "Shanghai"}}, {"Asia/Singapore", [2]string{"Singapore", "Singapour"}},
		{"Asia/Taipei", [2]string{"Taipei", "Taipei"}}, {"Asia/Tokyo", [2]string{"Tokyo", "Tokyo"}},
	}},
	{[2]string{"Oceania", "Océanie"}, []place{
		{"Australia/Adelaide", [2]string{"Adelaide", "Adélaïde"}}, {"Pacific/Auckland", [2]string{"Auckland", "Auckland"}},
		{"Australia/Brisbane", [2]string{"Brisbane", "Brisbane"}}, {"Pacific/Noumea", [2]string{"Nouméa", "Nouméa"}},
		{"Australia/Perth", [2]string{"Perth", "Perth"}}, {"Australia/Sydney", [2]string{"Sydney, Melbourne", "Sydney, Melbourne"}},
		{"Pacific/Tahiti", [2]string{"Tahiti", "Tahiti"}},
	}},
}

// zones are what the form offers, with the zone that is chosen.
func (p page) zones(chosen string) []zoneGroup {
	all := []zoneGroup{{Options: []option{{"", p.Say("zone.none"), chosen == ""}}}}
	known := chosen == ""
	for _, part := range world {
		g := zoneGroup{Label: part.label[p.tongue]}
		for _, at := range part.places {
			g.Options = append(g.Options, option{at.zone, at.city[p.tongue], at.zone == chosen})
		}
		known = known || slices.ContainsFunc(g.Options, func(o option) bool { return o.On })
		all = append(all, g)
	}
	if !known {
		all = append(all, zoneGroup{p.Say("zone.other"), []option{{chosen, chosen, true}}})
	}
	return all
}
