package office24

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// A keptSession is what Sessions keep, sealed: whoever has a session's id can use it, and people read the place where
// it is kept.
type keptSession struct {
	ID          string `json:"id"`
	Company     int64  `json:"company,omitempty"`
	CompanyName string `json:"companyName,omitempty"`
}

// derive makes 32 bytes for one purpose from everything that a login depends on. It is keyed with the application id,
// which only the customer's secret has, so that nobody who reads the result can try passwords against it.
func (cfg Config) derive(purpose string) []byte {
	mac := hmac.New(sha256.New, []byte(cfg.Credentials.ApplicationID))
	client := strconv.FormatInt(cfg.ClientID, 10)
	for _, part := range []string{
		purpose, cfg.BaseURL, cfg.Credentials.Username, cfg.Credentials.Password, cfg.IdentityID, client,
	} {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return mac.Sum(nil)
}

// sessionKey is the key under which a session is kept.
func (cfg Config) sessionKey() string { return hex.EncodeToString(cfg.derive("session")) }

// cipher returns AES-256-GCM under a key that only the customer's secret gives.
func (cfg Config) cipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(cfg.derive("seal"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal returns the session in a form that only a Client with the same Config can read.
func (cfg Config) seal(s keptSession) (string, error) {
	gcm, err := cfg.cipher()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	//nolint:gosec // the cipher makes a random nonce itself
	return base64.StdEncoding.EncodeToString(gcm.Seal(nil, nil, text, nil)), nil
}

// unseal returns a sealed session. One that cannot be read, such as a plain id that an older version kept, is none: the
// Client logs in.
func (cfg Config) unseal(sealed string) (s keptSession) {
	box, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return keptSession{}
	}
	gcm, err := cfg.cipher()
	if err != nil {
		return keptSession{}
	}
	text, err := gcm.Open(nil, nil, box, nil)
	if err != nil || json.Unmarshal(text, &s) != nil {
		return keptSession{}
	}
	return s
}
