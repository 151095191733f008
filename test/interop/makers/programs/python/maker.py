"""Makes what libraries of Python make, from the keys and certificates of a directory:
`maker.py <library> <kind> <variant> <directory>`."""

import hashlib
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from asn1crypto import crl, keys, ocsp, pem, tsp, x509
from certomancer import services
from cryptography import x509 as pyca
from cryptography.x509 import ocsp as pyca_ocsp_types
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.sign.timestamps import DummyTimeStamper

PASSPHRASE = b'correct horse'
library, kind, variant = sys.argv[1:4]
directory = Path(sys.argv[4])


def at(hours):
    return datetime.now(tz=timezone.utc).replace(microsecond=0) + timedelta(hours=hours)


def der(name):
    return pem.unarmor((directory / name).read_bytes())[2]


def certificate(name):
    return x509.Certificate.load(der(f'{name}.crt'))


def private_key(name):
    return keys.PrivateKeyInfo.load(der(f'{name}.key'))


def request():
    digest = hashlib.sha256((directory / 'data').read_bytes()).digest()
    imprint = {'hash_algorithm': {'algorithm': 'sha256'}, 'hashed_message': digest}
    return tsp.TimeStampReq({'version': 'v1', 'message_imprint': imprint, 'nonce': 7, 'cert_req': True})


def certomancer_timestamp():
    tsa = services.TimeStamper(
        certificate('tsa'), private_key('tsa'), certs_to_embed=[certificate('ca')], md_algorithm=variant
    )
    return tsa.request_tsa_response(request())['time_stamp_token'].dump()


def pyhanko_timestamp():
    tsa = DummyTimeStamper(
        certificate('tsa'), private_key('tsa'), certs_to_embed=[certificate('ca')], override_md=variant
    )
    return tsa.request_tsa_response(request())['time_stamp_token'].dump()


def certomancer_algorithm(name):
    pss = 'rsassa_pss' if variant.endswith('PSS') else None
    return services.choose_signed_digest('sha256', certificate(name).public_key, pss)


def certomancer_crl():
    issuer = certificate('ca')
    builder = services.CRLBuilder(
        issuer.subject, private_key('ca'), certomancer_algorithm('ca'), issuer.key_identifier_value
    )
    entry = services.CRLBuilder.format_revoked_cert
    entries = {
        'good': [entry(4711, crl.CRLReason('key_compromise'), at(-2))],
        'good, no entries': [],
        'good, by RSA-PSS': [entry(4711, crl.CRLReason('key_compromise'), at(-2))],
        'revoked': [entry(certificate('leaf').serial_number, crl.CRLReason('key_compromise'), at(-2))],
        'revoked, no reason': [entry(certificate('leaf').serial_number, None, at(-2))],
    }
    return builder.build_crl(1, at(-1), at(24), entries[variant]).dump()


class Status(services.RevocationInfoInterface):
    def get_issuer_cert(self):
        return certificate('ca')

    def check_revocation_status(self, cid, at_time):
        if variant == 'good':
            return ocsp.CertStatus('good'), []
        revoked = {'revocation_time': at(-2), 'revocation_reason': crl.CRLReason('key_compromise')}
        return ocsp.CertStatus('revoked', value=ocsp.RevokedInfo(revoked)), []


def certomancer_ocsp():
    issuer, leaf = certificate('ca'), certificate('leaf')
    cid = {
        'hash_algorithm': {'algorithm': 'sha1'},
        'issuer_name_hash': issuer.subject.sha1,
        'issuer_key_hash': issuer.public_key.sha1,
        'serial_number': leaf.serial_number,
    }
    query = ocsp.OCSPRequest({'tbs_request': {'request_list': [{'req_cert': cid}]}})
    responder = services.SimpleOCSPResponder(
        certificate('responder'), private_key('responder'), certomancer_algorithm('responder'), at(0), Status()
    )
    return responder.build_ocsp_response(query).dump()


def pyca_key(name):
    return serialization.load_pem_private_key((directory / f'{name}.key').read_bytes(), None)


def pyca_certificate(name):
    return pyca.load_pem_x509_certificate((directory / f'{name}.crt').read_bytes())


def pyca_crl():
    serial = pyca_certificate('leaf').serial_number if variant == 'revoked' else 4711
    entry = pyca.RevokedCertificateBuilder(serial, at(-2)).add_extension(
        pyca.CRLReason(pyca.ReasonFlags.key_compromise), critical=False
    )
    builder = pyca.CertificateRevocationListBuilder(
        pyca_certificate('ca').subject, at(-1), at(24), revoked_certificates=[entry.build()]
    ).add_extension(pyca.CRLNumber(1), critical=False)
    return builder.sign(pyca_key('ca'), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def pyca_ocsp():
    revoked = variant == 'revoked'
    builder = pyca_ocsp_types.OCSPResponseBuilder().add_response(
        cert=pyca_certificate('leaf'),
        issuer=pyca_certificate('ca'),
        algorithm=hashes.SHA256() if variant == 'good, SHA-256' else hashes.SHA1(),
        cert_status=pyca_ocsp_types.OCSPCertStatus.REVOKED if revoked else pyca_ocsp_types.OCSPCertStatus.GOOD,
        this_update=at(-1),
        next_update=at(24),
        revocation_time=at(-2) if revoked else None,
        revocation_reason=pyca.ReasonFlags.key_compromise if revoked else None,
    ).responder_id(pyca_ocsp_types.OCSPResponderEncoding.HASH, pyca_certificate('ca'))
    return builder.sign(pyca_key('ca'), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def pyca_pkcs12():
    encryption = serialization.PrivateFormat.PKCS12.encryption_builder()
    encryption = {
        'BestAvailableEncryption': serialization.BestAvailableEncryption(PASSPHRASE),
        'PBESv1SHA1And3KeyTripleDESCBC': encryption.key_cert_algorithm(
            pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC
        ).hmac_hash(hashes.SHA1()).build(PASSPHRASE),
        'NoEncryption': serialization.NoEncryption(),
    }[variant]
    return pkcs12.serialize_key_and_certificates(
        b'signer', pyca_key('leaf'), pyca_certificate('leaf'), [pyca_certificate('ca')], encryption
    )


def pyca_key_file():
    form, encryption = {
        'PKCS8': (serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        'TraditionalOpenSSL': (serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()),
        'BestAvailableEncryption': (
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSPHRASE),
        ),
    }[variant]
    return pyca_key('leaf').private_bytes(serialization.Encoding.PEM, form, encryption)


MAKERS = {
    ('certomancer', 'timestamp'): certomancer_timestamp,
    ('certomancer', 'crl'): certomancer_crl,
    ('certomancer', 'ocsp'): certomancer_ocsp,
    ('pyhanko', 'timestamp'): pyhanko_timestamp,
    ('cryptography', 'crl'): pyca_crl,
    ('cryptography', 'ocsp'): pyca_ocsp,
    ('cryptography', 'pkcs12'): pyca_pkcs12,
    ('cryptography', 'key'): pyca_key_file,
}
(directory / 'out').write_bytes(MAKERS[library, kind]())
