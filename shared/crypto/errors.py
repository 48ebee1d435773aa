"""What can go wrong with keys. No message ever holds a key, a plaintext or a ciphertext."""


class KeyringError(Exception):
    """The keys cannot be opened or made; the message says what an operator should do."""


class KeyNotGrantedError(KeyringError):
    """This process was not given the key it was asked to use."""


class DecryptionRefusedError(Exception):
    """A stored value was changed, belongs to another row, column or table, or its key is not in the keyring."""
