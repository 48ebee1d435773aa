"""Keys, and the four things done with them: encrypting columns, blind indexes, pseudonyms, keyed evidence.

| question | file |
| --- | --- |
| how is a column encrypted, indexed, made a pseudonym? | keyring.py |
| which service may hold which key? | keyring.py |
| where do the keys come from at start, and who may make them? | opening.py |
| what does the keyring hold, and how is it wrapped? | document.py |
| how does an operator make, rotate or export keys? | __main__.py |
"""

from shared.crypto.keyring import DecryptionRefusedError, KeyNotGrantedError, Keyring, KeyringError, Purpose
from shared.crypto.opening import open_keyring

__all__ = [
    "DecryptionRefusedError",
    "KeyNotGrantedError",
    "Keyring",
    "KeyringError",
    "Purpose",
    "open_keyring",
]
