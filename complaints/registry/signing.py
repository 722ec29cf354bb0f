"""The centre's own signature on files that anybody can check offline: detached, Ed25519 (RFC 8032).

The private key lies in the data folder and is made on first use; whoever replaces it keeps the public key of the old
one, by its id, so that what was signed can still be checked. What is published are the public keys.
"""

import base64
import os
import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from complaints.config import settings
from complaints.errors import BadInput, Misconfigured, NotFound

FOLDER, PRIVATE = "keys", "private.pem"
ID_LETTERS = 16


def sign(content: bytes) -> tuple[str, str]:
    """The signature of a file, base64, and the id of the key."""
    key = _private(settings().data_dir / FOLDER)
    return base64.b64encode(key.sign(content)).decode(), key_id(key.public_key())


def public_pem(wanted: str | None = None) -> bytes:
    """A published key as PEM: the one that signs now, or the one of an id. Raises NotFound."""
    folder = settings().data_dir / FOLDER
    name = wanted or key_id(_private(folder).public_key())
    path = folder / f"{name}.pem"
    if len(name) != ID_LETTERS or not name.isalnum() or not path.is_file():
        raise NotFound("no key of ours has this id")
    return path.read_bytes()


def verified(content: bytes, signature: str, pem: bytes) -> bool:
    """Whether a file is what was signed. Raises BadInput (`key`, `signature`) for what is no key or no signature."""
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        raise BadInput("this is no public key", {"key": ["not_a_public_key"]}) from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("this is no Ed25519 key", {"key": ["not_a_public_key"]})
    try:
        raw = base64.b64decode("".join(signature.split()), validate=True)
    except ValueError:
        raise BadInput("this is no signature", {"signature": ["not_a_signature"]}) from None
    try:
        key.verify(raw, content)
    except InvalidSignature:
        return False
    return True


def key_id(key: Ed25519PublicKey) -> str:
    """What a key is called: the beginning of its fingerprint."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:ID_LETTERS]


def id_of(pem: bytes) -> str:
    """The same of a key as PEM. Raises BadInput where it is none."""
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        raise BadInput("this is no public key", {"key": ["not_a_public_key"]}) from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("this is no Ed25519 key", {"key": ["not_a_public_key"]})
    return key_id(key)


@cache
def _private(folder: Path) -> Ed25519PrivateKey:
    path = folder / PRIVATE
    if not path.exists():
        _make(folder)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise Misconfigured(f"the key in {path} cannot be read: {type(error).__name__}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(f"the key in {path} is no Ed25519 key")
    _publish(folder, key.public_key())
    return key


def _make(folder: Path) -> None:
    """A new key, whole or not at all; of two processes that make one at once the first one's stays."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = folder / f".{secrets.token_hex(6)}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, folder / PRIVATE)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _publish(folder: Path, key: Ed25519PublicKey) -> None:
    path = folder / f"{key_id(key)}.pem"
    if not path.exists():
        path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
