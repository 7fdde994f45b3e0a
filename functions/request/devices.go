package request

import (
	"net/http"
	"regexp"
	"slices"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// shownDevice is a device as it is shown: its token is told to nobody again.
type shownDevice struct {
	ID    string    `json:"id"`
	Name  string    `json:"name,omitempty"`
	Since time.Time `json:"since"`
}

func deviceShown(d booking.Device) shownDevice { return shownDevice{d.ID, d.Name, d.Since} }

var (
	deviceToken = regexp.MustCompile(`^[!-~]{1,512}$`)
	deviceName  = regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,200}$`)
)

// addDevice has a device take pushes. The token is in the customer's record, and
// in no log and no answer.
func (d Door) addDevice(w http.ResponseWriter, r *http.Request) error {
	id, err := d.customer(r)
	if err != nil {
		return err
	}
	b, err := web.ReadObject(w, r)
	if err != nil {
		return err
	}
	dev, err := d.device(b)
	if err != nil {
		return err
	}
	known, kept := false, dev
	_, err = d.change(r, id, func(was booking.Reader) booking.Reader {
		i := slices.IndexFunc(was.Devices, func(o booking.Device) bool { return o.ID == dev.ID })
		if known, kept = i >= 0, dev; known {
			kept.Since = was.Devices[i].Since
		}
		return was.Register(kept)
	})
	if err == nil {
		err = d.allow(r, id, dev.ID)
	}
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if known {
		status = http.StatusOK
	}
	web.JSON(w, status, deviceShown(kept))
	return nil
}

// device is the device that a body names.
func (d Door) device(b web.Body) (booking.Device, error) {
	if err := b.Only("token", "name"); err != nil {
		return booking.Device{}, err
	}
	var fields []web.Field
	dev := booking.Device{Token: b.Text("token"), Name: b.Text("name"), Since: d.Now()}
	switch {
	case dev.Token == "":
		fields = append(fields, web.Field{Pointer: "/token", Detail: "is missing: it is what the device's provider knows it by"})
	case !deviceToken.MatchString(dev.Token):
		fields = append(fields, web.Field{Pointer: "/token", Detail: "does not match " + deviceToken.String()})
	}
	if _, given := b.Fields["name"]; given && !deviceName.MatchString(dev.Name) {
		fields = append(fields, web.Field{Pointer: "/name", Detail: "does not match " + deviceName.String()})
	}
	if len(fields) > 0 {
		return dev, web.Invalid(fields...)
	}
	dev.ID = d.DeviceID(dev.Token)
	return dev, nil
}

// allow has a device written to again that was said to take no more: it was
// registered since. It is the customer's from now on: who had it before them gets
// nothing by it, for it is in other hands.
func (d Door) allow(r *http.Request, customer, device string) error {
	is, err := record.ReadReader(r.Context(), d.Records, device)
	if err != nil || is.Owner == customer && is.Suppressed == nil && is.Restored == nil {
		return err
	}
	now := d.Now()
	_, err = d.change(r, device, func(was booking.Reader) booking.Reader {
		was.Owner = customer
		return restored(was, booking.ChannelPush, now)
	}, record.RestoredFact)
	return err
}

// removeDevice has it take none. That there is no such device is as good.
func (d Door) removeDevice(w http.ResponseWriter, r *http.Request) error {
	id, err := d.customer(r)
	if err != nil {
		return err
	}
	_, err = d.change(r, id, func(was booking.Reader) booking.Reader { return was.Unregister(r.PathValue("device")) })
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
