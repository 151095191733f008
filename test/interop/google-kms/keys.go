package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"strconv"
	"sync"

	"cloud.google.com/go/kms/apiv1/kmspb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// keyRing holds the versions of keys by the names of the keys; the first version is 1.
type keyRing struct {
	lock sync.Mutex
	keys map[string][]key
}

type key struct {
	algorithm kmspb.CryptoKeyVersion_CryptoKeyVersionAlgorithm
	private   crypto.Signer
}

// algorithm is what the name of one says.
type algorithm struct {
	bits  int
	curve elliptic.Curve
	hash  crypto.Hash
	pss   bool
}

var algorithms = map[kmspb.CryptoKeyVersion_CryptoKeyVersionAlgorithm]algorithm{
	kmspb.CryptoKeyVersion_RSA_SIGN_PSS_2048_SHA256:   {bits: 2048, hash: crypto.SHA256, pss: true},
	kmspb.CryptoKeyVersion_RSA_SIGN_PSS_3072_SHA256:   {bits: 3072, hash: crypto.SHA256, pss: true},
	kmspb.CryptoKeyVersion_RSA_SIGN_PSS_4096_SHA256:   {bits: 4096, hash: crypto.SHA256, pss: true},
	kmspb.CryptoKeyVersion_RSA_SIGN_PSS_4096_SHA512:   {bits: 4096, hash: crypto.SHA512, pss: true},
	kmspb.CryptoKeyVersion_RSA_SIGN_PKCS1_2048_SHA256: {bits: 2048, hash: crypto.SHA256},
	kmspb.CryptoKeyVersion_EC_SIGN_P256_SHA256:        {curve: elliptic.P256(), hash: crypto.SHA256},
	kmspb.CryptoKeyVersion_EC_SIGN_P384_SHA384:        {curve: elliptic.P384(), hash: crypto.SHA384},
	kmspb.CryptoKeyVersion_EC_SIGN_ED25519:            {},
}

func generate(name kmspb.CryptoKeyVersion_CryptoKeyVersionAlgorithm) (key, *failure) {
	known, ok := algorithms[name]
	if !ok {
		return key{}, badArgument
	}
	made := key{algorithm: name}
	var err error
	switch {
	case known.bits > 0:
		made.private, err = rsa.GenerateKey(rand.Reader, known.bits)
	case known.curve != nil:
		made.private, err = ecdsa.GenerateKey(known.curve, rand.Reader)
	default:
		_, made.private, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return key{}, badArgument
	}
	return made, nil
}

func (k *keyRing) create(name string, wanted *kmspb.CryptoKey) (proto.Message, *failure) {
	made, refused := generate(wanted.GetVersionTemplate().GetAlgorithm())
	if refused != nil {
		return nil, refused
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	k.keys[name] = []key{made}
	return &kmspb.CryptoKey{Name: name, Purpose: wanted.Purpose, VersionTemplate: wanted.VersionTemplate}, nil
}

func (k *keyRing) rotate(name string) (proto.Message, *failure) {
	old, refused := k.find(name, "1")
	if refused != nil {
		return nil, refused
	}
	made, refused := generate(old.algorithm)
	if refused != nil {
		return nil, refused
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	k.keys[name] = append(k.keys[name], made)
	return &kmspb.CryptoKeyVersion{Name: versionName(name, strconv.Itoa(len(k.keys[name]))), Algorithm: made.algorithm}, nil
}

func (k *keyRing) find(name, version string) (key, *failure) {
	k.lock.Lock()
	defer k.lock.Unlock()
	number, err := strconv.Atoi(version)
	if err != nil || number < 1 || number > len(k.keys[name]) {
		return key{}, notFound
	}
	return k.keys[name][number-1], nil
}

func (k *keyRing) publicKey(name, version string) (proto.Message, *failure) {
	found, refused := k.find(name, version)
	if refused != nil {
		return nil, refused
	}
	der, err := x509.MarshalPKIXPublicKey(found.private.Public())
	if err != nil {
		return nil, badArgument
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return &kmspb.PublicKey{
		Pem:             string(text),
		PemCrc32C:       checksum(text),
		Algorithm:       found.algorithm,
		Name:            versionName(name, version),
		ProtectionLevel: kmspb.ProtectionLevel_SOFTWARE,
	}, nil
}

func (k *keyRing) sign(name, version string, wanted *kmspb.AsymmetricSignRequest) (proto.Message, *failure) {
	found, refused := k.find(name, version)
	if refused != nil {
		return nil, refused
	}
	digest := wanted.GetDigest().GetSha256()
	switch algorithms[found.algorithm].hash {
	case crypto.SHA384:
		digest = wanted.GetDigest().GetSha384()
	case crypto.SHA512:
		digest = wanted.GetDigest().GetSha512()
	}
	stated := wanted.GetDigestCrc32C()
	if stated != nil && stated.GetValue() != checksum(digest).GetValue() {
		return nil, badArgument
	}
	signature, err := signDigest(found, digest)
	if err != nil {
		return nil, badArgument
	}
	return &kmspb.AsymmetricSignResponse{
		Signature:            signature,
		SignatureCrc32C:      checksum(signature),
		VerifiedDigestCrc32C: stated != nil,
		Name:                 versionName(name, version),
		ProtectionLevel:      kmspb.ProtectionLevel_SOFTWARE,
	}, nil
}

// signDigest signs as the service says: the salt is as long as the hash, and r and s are in DER.
func signDigest(k key, digest []byte) ([]byte, error) {
	known := algorithms[k.algorithm]
	if known.hash == 0 || len(digest) != known.hash.Size() {
		return nil, fmt.Errorf("the digest does not fit the key")
	}
	if known.pss {
		return k.private.Sign(rand.Reader, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: known.hash})
	}
	return k.private.Sign(rand.Reader, digest, known.hash)
}

func versionName(name, version string) string {
	return name + "/cryptoKeyVersions/" + version
}

func checksum(data []byte) *wrapperspb.Int64Value {
	return wrapperspb.Int64(int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))))
}
