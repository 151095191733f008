package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go/aws/credentials"
	v4 "github.com/aws/aws-sdk-go/aws/signer/v4"
)

// user is one whose requests are let in.
type user struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	// SessionToken is of temporary credentials, and must come along.
	SessionToken string `json:"sessionToken"`
	// Forbidden are the operations that the policy of the user denies, such as Sign.
	Forbidden []string `json:"forbidden"`
}

// refusal is an error in the words of AWS.
type refusal struct{ kind, message string }

func (r *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": r.kind, "message": r.message})
}

const (
	maxBody = 1 << 16
	maxSkew = 5 * time.Minute
)

var authorization = regexp.MustCompile(
	`^AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/kms/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$`)

// check signs the request again with the SDK, and compares.
func (c configuration) check(r *http.Request) *refusal {
	parts := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if parts == nil {
		return &refusal{"IncompleteSignatureException", "Authorization header is missing or incomplete."}
	}
	if parts[2] != c.Region {
		return &refusal{"InvalidSignatureException", "Credential should be scoped to a valid region."}
	}
	owner := c.find(parts[1], r.Header.Get("X-Amz-Security-Token"))
	if owner == nil {
		return &refusal{"UnrecognizedClientException", "The security token included in the request is invalid."}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return &refusal{"SerializationException", "The body cannot be read."}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if reason := owner.compare(r, c.Region, strings.Split(parts[3], ";"), body); reason != "" {
		return &refusal{"InvalidSignatureException", reason}
	}
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	for _, forbidden := range owner.Forbidden {
		if operation == forbidden {
			return &refusal{"AccessDeniedException", "User is not authorized to perform: kms:" + operation}
		}
	}
	return nil
}

func (c configuration) find(accessKeyID, sessionToken string) *user {
	for i, user := range c.Users {
		if user.AccessKeyID == accessKeyID && user.SessionToken == sessionToken {
			return &c.Users[i]
		}
	}
	return nil
}

// compare says what is wrong with the signature, or nothing.
func (u *user) compare(r *http.Request, region string, signed []string, body []byte) string {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || at.Sub(time.Now()).Abs() > maxSkew {
		return "Signature expired or not yet valid."
	}
	again, err := http.NewRequest(r.Method, "http://"+r.Host+r.URL.RequestURI(), nil)
	if err != nil {
		return err.Error()
	}
	covered := map[string]bool{}
	for _, name := range signed {
		covered[name] = true
		if name != "host" {
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") && !covered[strings.ToLower(name)] {
			return "'" + name + "' must be a signed header."
		}
	}
	if !covered["host"] {
		return "'Host' must be a signed header."
	}
	// The SDK takes the hash from this header where there is one.
	digest := sha256.Sum256(body)
	if stated := r.Header.Get("X-Amz-Content-Sha256"); stated != "" && stated != hex.EncodeToString(digest[:]) {
		return "x-amz-content-sha256 is not the hash of the body."
	}
	signer := v4.NewSigner(credentials.NewStaticCredentials(u.AccessKeyID, u.SecretAccessKey, u.SessionToken))
	if _, err := signer.Sign(again, bytes.NewReader(body), "kms", region, at); err != nil {
		return err.Error()
	}
	if !hmac.Equal(signatureOf(again), signatureOf(r)) {
		return "The request signature we calculated does not match the signature you provided."
	}
	return ""
}

func signatureOf(r *http.Request) []byte {
	_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	return []byte(signature)
}
