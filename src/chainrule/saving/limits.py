"""How much a model file may ask for: bounds that no real model comes near, and that a hostile file runs into."""

from __future__ import annotations

#: The format that this release writes, and the newest that it reads.
FORMAT = 1
#: Bytes of the header, where names, shapes and all JSON are (safetensors' own limit is 100 MB).
MAX_HEADER_BYTES = 32_000_000
#: Entries of all lists and dicts of one JSON text: each costs memory many times its length in the file.
MAX_JSON_ENTRIES = 200_000
#: Levels of lists and dicts in one JSON text.
MAX_JSON_DEPTH = 64
#: Whole numbers lie between −2⁶⁴ and 2⁶⁴: a seed takes 64 bits, and nothing takes more.
MAX_WHOLE_NUMBER = 2**64
#: Layers of a model, those of the models within it included.
MAX_LAYERS = 1_000
#: Uses of layers, with the models within a model written out as often as they are used.
MAX_CALLS = 10_000
#: Characters of a layer's name.
MAX_NAME_LENGTH = 200
