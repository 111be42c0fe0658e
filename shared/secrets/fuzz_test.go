package secrets

import (
	"strings"
	"testing"
)

func FuzzDecode(f *testing.F) {
	const office24 = `"office24":{"applicationId":"a","username":"b","password":"c"}`
	f.Add(`{` + office24 + `,"ongoing":{"username":"d","password":"e"}}`)
	f.Add(`{` + office24 + `,"ongoing":{"username":"d","password":"e","password":"e"}}`)
	f.Add(`{"office24":null,"ongoing":[]} {}`)
	f.Fuzz(func(t *testing.T, document string) {
		c, err := decode(document)
		if err != nil {
			if c != (Credentials{}) || len(err.Error()) > 200 || strings.Contains(err.Error(), "\n") {
				t.Fatalf("a reason that cannot be shown: %q", err)
			}
			return
		}
		for _, s := range []Secret{
			c.Office24.ApplicationID, c.Office24.Username, c.Office24.Password, c.Ongoing.Username, c.Ongoing.Password,
		} {
			if strings.TrimSpace(s.Reveal()) == "" {
				t.Fatalf("accepted an empty field in %q", document)
			}
		}
	})
}
