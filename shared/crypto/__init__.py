"""Keys, and the four things done with them: encrypting columns, blind indexes, pseudonyms, keyed evidence.

| question | file |
| --- | --- |
| how is a column encrypted, indexed, made a pseudonym? | keyring.py |
| what does the keyring hold, and how is it wrapped? | document.py |
| which service may hold which key? | grants.py |
| where do the keys come from at start? | opening.py |
| how are key files written and guarded? | files.py, shared/files.py |
| how does an operator make, rotate or export keys? | __main__.py |
"""

from shared.crypto.errors import DecryptionRefusedError, KeyNotGrantedError, KeyringError
from shared.crypto.grants import Purpose
from shared.crypto.keyring import Keyring
from shared.crypto.opening import open_keyring

__all__ = [
    "DecryptionRefusedError",
    "KeyNotGrantedError",
    "Keyring",
    "KeyringError",
    "Purpose",
    "open_keyring",
]
