package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"sync"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
)

// vault holds the versions of keys by their names, the newest last.
type vault struct {
	url  string
	lock sync.Mutex
	keys map[string][]key
}

type key struct {
	version    string
	parameters azkeys.CreateKeyParameters
	private    crypto.Signer
}

var curves = map[azkeys.CurveName]elliptic.Curve{
	azkeys.CurveNameP256: elliptic.P256(),
	azkeys.CurveNameP384: elliptic.P384(),
	azkeys.CurveNameP521: elliptic.P521(),
}

func (v *vault) create(_ context.Context, name string, p azkeys.CreateKeyParameters, _ *azkeys.CreateKeyOptions) (resp azfake.Responder[azkeys.CreateKeyResponse], errResp azfake.ErrorResponder) {
	made, err := generate(p)
	if err != nil {
		errResp.SetResponseError(http.StatusBadRequest, "BadParameter")
		return
	}
	resp.SetResponse(http.StatusOK, azkeys.CreateKeyResponse{KeyBundle: v.add(name, made)}, nil)
	return
}

func (v *vault) rotate(_ context.Context, name string, _ *azkeys.RotateKeyOptions) (resp azfake.Responder[azkeys.RotateKeyResponse], errResp azfake.ErrorResponder) {
	old, found := v.find(name, "")
	if !found {
		errResp.SetResponseError(http.StatusNotFound, "KeyNotFound")
		return
	}
	made, err := generate(old.parameters)
	if err != nil {
		errResp.SetResponseError(http.StatusBadRequest, "BadParameter")
		return
	}
	resp.SetResponse(http.StatusOK, azkeys.RotateKeyResponse{KeyBundle: v.add(name, made)}, nil)
	return
}

func (v *vault) get(_ context.Context, name, version string, _ *azkeys.GetKeyOptions) (resp azfake.Responder[azkeys.GetKeyResponse], errResp azfake.ErrorResponder) {
	name, version = split(name, version)
	found, ok := v.find(name, version)
	if !ok {
		errResp.SetResponseError(http.StatusNotFound, "KeyNotFound")
		return
	}
	resp.SetResponse(http.StatusOK, azkeys.GetKeyResponse{KeyBundle: v.bundle(name, found)}, nil)
	return
}

func (v *vault) sign(_ context.Context, name, version string, p azkeys.SignParameters, _ *azkeys.SignOptions) (resp azfake.Responder[azkeys.SignResponse], errResp azfake.ErrorResponder) {
	name, version = split(name, version)
	found, ok := v.find(name, version)
	if !ok {
		errResp.SetResponseError(http.StatusNotFound, "KeyNotFound")
		return
	}
	if p.Algorithm == nil {
		errResp.SetResponseError(http.StatusBadRequest, "BadParameter")
		return
	}
	signature, err := signDigest(found.private, *p.Algorithm, p.Value)
	if err != nil {
		errResp.SetResponseError(http.StatusBadRequest, "BadParameter")
		return
	}
	result := azkeys.KeyOperationResult{KID: v.id(name, found), Result: signature}
	resp.SetResponse(http.StatusOK, azkeys.SignResponse{KeyOperationResult: result}, nil)
	return
}

func (v *vault) add(name string, made key) azkeys.KeyBundle {
	v.lock.Lock()
	defer v.lock.Unlock()
	v.keys[name] = append(v.keys[name], made)
	return v.bundle(name, made)
}

func (v *vault) find(name, version string) (key, bool) {
	v.lock.Lock()
	defer v.lock.Unlock()
	versions := v.keys[name]
	for i := len(versions) - 1; i >= 0; i-- {
		if version == "" || versions[i].version == version {
			return versions[i], true
		}
	}
	return key{}, false
}

// split tells the two apart: the SDK's own pattern takes a version that is there for a part of the name.
func split(name, version string) (string, string) {
	if before, after, found := strings.Cut(name, "/"); found {
		return before, after
	}
	return name, version
}

func (v *vault) id(name string, k key) *azkeys.ID {
	return to.Ptr(azkeys.ID(v.url + "/keys/" + name + "/" + k.version))
}

func (v *vault) bundle(name string, k key) azkeys.KeyBundle {
	public := azkeys.JSONWebKey{KID: v.id(name, k), Kty: k.parameters.Kty, KeyOps: k.parameters.KeyOps}
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		public.N, public.E = private.N.Bytes(), big.NewInt(int64(private.E)).Bytes()
	case *ecdsa.PrivateKey:
		size := (private.Curve.Params().BitSize + 7) / 8
		public.Crv = k.parameters.Curve
		public.X, public.Y = private.X.FillBytes(make([]byte, size)), private.Y.FillBytes(make([]byte, size))
	}
	return azkeys.KeyBundle{Key: &public, Attributes: &azkeys.KeyAttributes{Enabled: to.Ptr(true)}}
}

func generate(p azkeys.CreateKeyParameters) (key, error) {
	version := make([]byte, 16)
	_, _ = rand.Read(version)
	made := key{version: hex.EncodeToString(version), parameters: p}
	var err error
	switch {
	case p.Kty == nil:
		err = errors.New("no kty")
	case *p.Kty == azkeys.KeyTypeRSA && p.KeySize != nil:
		made.private, err = rsa.GenerateKey(rand.Reader, int(*p.KeySize))
	case *p.Kty == azkeys.KeyTypeEC && p.Curve != nil && curves[*p.Curve] != nil:
		made.private, err = ecdsa.GenerateKey(curves[*p.Curve], rand.Reader)
	default:
		err = errors.New("unknown kind of key")
	}
	return made, err
}

type algorithm struct {
	hash crypto.Hash
	bits int
}

var (
	pss = map[azkeys.SignatureAlgorithm]crypto.Hash{
		azkeys.SignatureAlgorithmPS256: crypto.SHA256,
		azkeys.SignatureAlgorithmPS384: crypto.SHA384,
		azkeys.SignatureAlgorithmPS512: crypto.SHA512,
	}
	ecdsas = map[azkeys.SignatureAlgorithm]algorithm{
		azkeys.SignatureAlgorithmES256: {crypto.SHA256, 256},
		azkeys.SignatureAlgorithmES384: {crypto.SHA384, 384},
		azkeys.SignatureAlgorithmES512: {crypto.SHA512, 521},
	}
)

// signDigest signs as JWA says, which is what the service follows (RFC 7518, sections 3.4 and 3.5).
func signDigest(private crypto.Signer, name azkeys.SignatureAlgorithm, digest []byte) ([]byte, error) {
	switch private := private.(type) {
	case *rsa.PrivateKey:
		if hash, ok := pss[name]; ok && len(digest) == hash.Size() {
			return rsa.SignPSS(rand.Reader, private, hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
	case *ecdsa.PrivateKey:
		bits := private.Curve.Params().BitSize
		if wanted, ok := ecdsas[name]; ok && wanted.bits == bits && len(digest) == wanted.hash.Size() {
			r, s, err := ecdsa.Sign(rand.Reader, private, digest)
			if err != nil {
				return nil, err
			}
			size := (bits + 7) / 8
			return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
		}
	}
	return nil, errors.New("the algorithm does not fit the key")
}
