package packet_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tourbillon/realtime/packet"
)

func TestParsePayload(t *testing.T) {
	for payload, want := range map[string]string{
		"4hello":                "[4 hello]",
		"4test1\x1e4test2\x1e":  "",
		"4a\x1e4b\x1e3":         "[4 a][4 b][3 ]",
		"4hello\x1ebAQIDBA==":   "[4 hello][binary 01020304]",
		"":                      "",
		"abc":                   "",
		"7":                     "",
		"bAQ":                   "",
		"2probe":                "[2 probe]",
		"1\x1e1\x1e1\x1e1\x1e1": "", // more than may be
	} {
		t.Run(fmt.Sprintf("%q", payload), func(t *testing.T) {
			all, err := packet.ParsePayload([]byte(payload), 4)
			if (err != nil) != (want == "") || err != nil && !errors.Is(err, packet.ErrEngine) {
				t.Fatalf("got %v, %v", all, err)
			}
			got := ""
			for _, p := range all {
				if p.Binary {
					got += fmt.Sprintf("[binary %x]", p.Data)
				} else {
					got += fmt.Sprintf("[%c %s]", p.Type, p.Data)
				}
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestParseSocket(t *testing.T) {
	for raw, want := range map[string]string{
		`0`:                             `0 / - 0 ""`,
		`0{"token":"123"}`:              `0 / - 0 "{\"token\":\"123\"}"`,
		`0/custom,`:                     `0 /custom - 0 ""`,
		`0/custom`:                      `0 /custom - 0 ""`,
		`0/custom,{"token":"abc"}`:      `0 /custom - 0 "{\"token\":\"abc\"}"`,
		`1/custom,`:                     `1 /custom - 0 ""`,
		`2["message",1]`:                `2 / - 0 "[\"message\",1]"`,
		`2/custom,12["message"]`:        `2 /custom 12 0 "[\"message\"]"`,
		`312[]`:                         `3 / 12 0 "[]"`,
		`51-["up",{"num":0}]`:           `5 / - 1 "[\"up\",{\"num\":0}]"`,
		`51-/custom,7["up",{}]`:         `5 /custom 7 1 "[\"up\",{}]"`,
		`61-/custom,7[{}]`:              `6 /custom 7 1 "[{}]"`,
		``:                              "",
		`7["x"]`:                        "",
		`abc`:                           "",
		`0[]`:                           "",
		`0{`:                            "",
		`0"x"`:                          "",
		`1{}`:                           "",
		`2`:                             "",
		`2{}`:                           "",
		`2[]`:                           "",
		`2[1]`:                          "",
		`2["x"`:                         "",
		`2["x"]]`:                       "",
		`3[]`:                           "",
		`39`:                            "",
		`4{"message":"x"}`:              "",
		`5["x"]`:                        "",
		`5-["x"]`:                       "",
		`5+1-["x"]`:                     "",
		`511-["x"]`:                     "",
		`5-1-["x"]`:                     "",
		`299999999999999999999["x"]`:    "",
		"2[\"\xff\"]":                   "",
		`0/` + strings.Repeat("x", 200): "",
	} {
		t.Run(fmt.Sprintf("%.40q", raw), func(t *testing.T) {
			p, err := packet.ParseSocket([]byte(raw))
			if (err != nil) != (want == "") || err != nil && !errors.Is(err, packet.ErrSocket) {
				t.Fatalf("got %+v, %v", p, err)
			}
			if err != nil {
				return
			}
			id := "-"
			if p.ID != nil {
				id = fmt.Sprint(*p.ID)
			}
			if got := fmt.Sprintf("%c %s %s %d %q", p.Type, p.Namespace, id, p.Attachments, p.Data); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func FuzzParsePayload(f *testing.F) {
	for _, seed := range []string{"4hello\x1e4x", "4hello\x1ebAQIDBA==", "2probe", "b", "\x1e"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		all, err := packet.ParsePayload(raw, 16)
		if err != nil {
			return
		}
		var again []byte
		for _, p := range all {
			again = p.AppendPayload(again)
		}
		back, err := packet.ParsePayload(again, 16)
		if err != nil || len(back) != len(all) {
			t.Fatalf("%q is written as %q, and read as %v, %v", raw, again, back, err)
		}
		for i := range all {
			if all[i].Type != back[i].Type || all[i].Binary != back[i].Binary || !bytes.Equal(all[i].Data, back[i].Data) {
				t.Errorf("%+v comes back as %+v", all[i], back[i])
			}
		}
	})
}

func FuzzParseSocket(f *testing.F) {
	for _, seed := range []string{`0`, `0/a,{"token":"x"}`, `2["subscribe","tours"]`, `51-/b,12["up",{"_placeholder":true,"num":0}]`, `31[]`, `1/a,`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := packet.ParseSocket(raw)
		if err != nil {
			return
		}
		if p.Type == packet.Event || p.Type == packet.Ack {
			if _, _, err := p.Args(); err != nil {
				t.Errorf("%q has arguments that cannot be read: %v", raw, err)
			}
		}
		back, err := packet.ParseSocket(p.Append(nil))
		if err != nil || back.Type != p.Type || back.Namespace != p.Namespace || back.Attachments != p.Attachments || !bytes.Equal(back.Data, p.Data) || (back.ID == nil) != (p.ID == nil) {
			t.Errorf("%q comes back as %+v, %v", raw, back, err)
		}
	})
}
