package request

// phrases are what pages say, by name, in the order of tongues.
var phrases = map[string][2]string{
	"title": {"Your message preferences", "Vos préférences de messages"},
	"lead": {
		"Choose what we tell you, and how. Your choices apply from the next message on.",
		"Choisissez ce que nous vous disons, et par quel moyen. Vos choix valent dès le prochain message.",
	},
	"private": {
		"This page is yours alone: whoever has its address can change these choices. Please do not pass it on.",
		"Cette page est personnelle\u00a0: son adresse permet de modifier ces choix. Merci de ne pas la transmettre.",
	},
	"save":  {"Save", "Enregistrer"},
	"saved": {"Your choices are saved.", "Vos choix sont enregistrés."},
	"unsaved": {
		"Nothing is saved yet: please look at what is marked below.",
		"Rien n’est encore enregistré\u00a0: merci de corriger ce qui est signalé ci-dessous.",
	},
	"forget":    {"Remove", "Retirer"},
	"forgotten": {"The device is removed. It gets no more notifications.", "L’appareil est retiré. Il ne recevra plus de notifications."},

	"critical":          {"Always sent", "Toujours envoyé"},
	"category.ending":   {"Your bookings", "Vos réservations"},
	"hint.ending":       {"Whether a booking is confirmed, refused, cancelled or expired. Choose at least one way.", "L’issue d’une réservation\u00a0: confirmée, refusée, annulée ou expirée. Choisissez au moins un moyen."},
	"category.change":   {"Changes to your tour", "Changements de votre visite"},
	"hint.change":       {"A new time or another meeting point. Choose at least one way.", "Un nouvel horaire ou un autre point de rendez-vous. Choisissez au moins un moyen."},
	"category.receipt":  {"Payments", "Paiements"},
	"hint.receipt":      {"Receipts, and what is refunded.", "Les reçus, et ce qui vous est remboursé."},
	"category.interest": {"Departures that you watch", "Départs que vous surveillez"},
	"hint.interest":     {"When seats run low, or are free again.", "Quand les places se font rares, ou se libèrent."},
	"need.channel": {
		"You should not miss these messages: please choose at least one way.",
		"Ces messages sont importants\u00a0: merci de choisir au moins un moyen.",
	},

	"mail":  {"Email", "E-mail"},
	"text":  {"Text message", "SMS"},
	"push":  {"App notification", "Notification de l’appli"},
	"reach": {"Text messages go to the number that you gave with a booking.", "Les SMS sont envoyés au numéro donné avec une réservation."},
	"reach.none": {
		"Text messages go to the number that you gave with a booking. None of your devices takes notifications yet.",
		"Les SMS sont envoyés au numéro donné avec une réservation. Aucun de vos appareils ne reçoit encore de notifications.",
	},

	"quiet": {"Quiet hours", "Heures calmes"},
	"quiet.hint": {
		"Messages that can wait are sent afterwards. Those marked “Always sent” come at once.",
		"Les messages qui peuvent attendre sont envoyés ensuite. Ceux marqués «\u00a0Toujours envoyé\u00a0» arrivent aussitôt.",
	},
	"quiet.on":   {"Do not disturb me every day", "Ne pas me déranger, chaque jour"},
	"from":       {"From", "De"},
	"to":         {"Until", "À"},
	"zone":       {"Time zone", "Fuseau horaire"},
	"zone.none":  {"Choose a place …", "Choisissez un lieu…"},
	"zone.other": {"Other", "Autre"},
	"need.hours": {
		"Please say from when until when: two different times, such as 22:00 and 07:00.",
		"Merci d’indiquer le début et la fin\u00a0: deux heures différentes, par exemple 22:00 et 07:00.",
	},
	"need.zone": {"Please choose the place whose time counts.", "Merci de choisir le lieu dont l’heure compte."},

	"language":       {"Language", "Langue"},
	"language.label": {"Write to me in", "M’écrire en"},
	"language.any":   {"the language of each booking", "la langue de chaque réservation"},
	"devices":        {"Your devices", "Vos appareils"},
	"device":         {"Device", "Appareil"},
	"device.since":   {"since ", "depuis le "},

	"stopped.bounced": {
		"We no longer write to your email address, because our messages came back. If it is right, press Save: we will try again.",
		"Nous n’écrivons plus à votre adresse e-mail, car nos messages nous sont revenus. Si elle est correcte, appuyez sur Enregistrer\u00a0: nous réessaierons.",
	},
	"stopped.opted_out": {
		"We no longer write to your email address, because you asked us not to. If you want our emails again, press Save.",
		"Nous n’écrivons plus à votre adresse e-mail, à votre demande. Pour recevoir de nouveau nos e-mails, appuyez sur Enregistrer.",
	},

	"unsubscribe": {"Unsubscribe", "Se désabonner"},
	"unsubscribe.ask": {
		"Press the button, and we will send you no more emails of this kind: ",
		"Appuyez sur le bouton pour ne plus recevoir d’e-mails de ce type\u00a0: ",
	},
	"unsubscribed":    {"You are unsubscribed", "Votre désabonnement est enregistré"},
	"unsubscribed.of": {"We will send you no more emails of this kind: ", "Nous ne vous enverrons plus d’e-mails de ce type\u00a0: "},
	"unsubscribed.back": {
		"Did you change your mind? Follow “Your message preferences” in any of our messages.",
		"Vous changez d’avis\u00a0? Suivez «\u00a0Vos préférences de messages\u00a0» dans l’un de nos messages.",
	},

	"lost":      {"This link does not work", "Ce lien ne fonctionne pas"},
	"lost.do":   {"Perhaps a part of it is missing. Please open it again from our message.", "Il en manque peut-être une partie. Merci de l’ouvrir à nouveau depuis notre message."},
	"later":     {"We cannot do this right now", "Ce n’est pas possible pour le moment"},
	"later.do":  {"Please try again in a moment.", "Merci de réessayer dans un instant."},
	"broken":    {"Something went wrong", "Un problème est survenu"},
	"broken.do": {"It is our mistake, and we know of it. Please try again later.", "L’erreur est de notre côté, et nous en sommes avertis. Merci de réessayer plus tard."},
	"wrong":     {"We could not take this", "Nous n’avons pas pu traiter cela"},
	"wrong.do":  {"Please go back, reload the page and try again.", "Merci de revenir en arrière, de recharger la page et de réessayer."},
}
