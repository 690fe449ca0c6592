"""C2PA credentials for tests: an authority, a signer under it, and pictures that it signs."""

import datetime
import io

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MANIFEST = {
    "claim_generator_info": [{"name": "Acme Camera", "version": "1.0"}],
    "title": "a pier",
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {
                "actions": [
                    {
                        "action": "c2pa.created",
                        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/"
                        "digitalCapture",
                    }
                ]
            },
        }
    ],
}


def _name(common):
    parts = ((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, "Acme Works"))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def _usage(**set_to):
    kinds = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{kind: set_to.get(kind, False) for kind in kinds})


class Authority:
    """A certificate authority with one signer under it, both made anew."""

    def __init__(self):
        key, self._key = ec.generate_private_key(ec.SECP256R1()), None
        signer = ec.generate_private_key(ec.SECP256R1())
        own = self._certificate(_name("Acme Root"), key.public_key(), key, authority=True)
        leaf = self._certificate(_name("Acme Signer"), signer.public_key(), key, authority=False)
        self.anchors = own.public_bytes(serialization.Encoding.PEM).decode()
        self._chain = leaf.public_bytes(serialization.Encoding.PEM).decode() + self.anchors
        self._key = signer.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @staticmethod
    def _certificate(subject, public, signed_by, *, authority):
        now = datetime.datetime.now(datetime.UTC)
        usage = (
            _usage(key_cert_sign=True, crl_sign=True)
            if authority
            else _usage(digital_signature=True)
        )
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name("Acme Root"))
            .public_key(public)
            .serial_number(1 if authority else 2)
            .not_valid_before(now - datetime.timedelta(days=2))
            .not_valid_after(now + datetime.timedelta(days=365))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()),
                critical=False,
            )
        )
        if not authority:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            made = made.add_extension(purpose, critical=False)
        return made.sign(signed_by, hashes.SHA256())

    def signed(self, data, media="image/jpeg", elsewhere=None):
        """Return a picture with credentials, or with the address of those that lie elsewhere."""
        info = c2pa.C2paSignerInfo(
            c2pa.C2paSigningAlg.ES256, self._chain.encode(), self._key.encode(), None
        )
        out = io.BytesIO()
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder(MANIFEST) as builder:
            if elsewhere is not None:
                builder.set_no_embed()
                builder.set_remote_url(elsewhere)
            builder.sign(signer, media, io.BytesIO(data), out)
        return out.getvalue()
