"""Bags and OCFL objects made by their standards, for the tests."""

import hashlib
import json


def digest(algorithm, data):
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def make_bag(root, payload, algorithms=("sha256",), info=None, version="1.0", encoding="UTF-8"):
    """Write a bag whose payload files are given by their names below ``data/``."""
    for name, data in payload.items():
        path = root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    describe_bag(root, algorithms, info, version, encoding)
    return root


def describe_bag(root, algorithms=("sha256",), info=None, version="1.0", encoding="UTF-8"):
    """Write the tag files of a bag for the payload that is there."""
    (root / "data").mkdir(parents=True, exist_ok=True)
    declaration = f"BagIt-Version: {version}\nTag-File-Character-Encoding: {encoding}\n"
    (root / "bagit.txt").write_text(declaration)
    files = sorted(path for path in (root / "data").rglob("*") if path.is_file())
    octets = sum(path.stat().st_size for path in files)
    fields = {"Payload-Oxum": f"{octets}.{len(files)}"} | (info or {})
    text = "".join(f"{label}: {value}\n" for label, value in fields.items())
    (root / "bag-info.txt").write_bytes(text.encode(encoding))
    for algorithm in algorithms:
        lines = [
            f"{digest(algorithm, path.read_bytes())}  {encoded(path.relative_to(root))}\n"
            for path in files
        ]
        (root / f"manifest-{algorithm}.txt").write_bytes("".join(lines).encode(encoding))
    for algorithm in algorithms:
        tags = sorted(path for path in root.glob("*.txt") if not path.name.startswith("tag"))
        lines = [f"{digest(algorithm, path.read_bytes())}  {path.name}\n" for path in tags]
        (root / f"tagmanifest-{algorithm}.txt").write_bytes("".join(lines).encode(encoding))


def encoded(path):
    """Write a name as RFC 8493 has it (section 2.1.3)."""
    name = path.as_posix().replace("%", "%25")
    return name.replace("\n", "%0A").replace("\r", "%0D")


def make_object(root, identifier, versions, algorithm="sha512", spec="1.1"):
    """Write an OCFL object; each version is its whole state, contents by logical path."""
    root.mkdir(parents=True, exist_ok=True)
    (root / f"0=ocfl_object_{spec}").write_text(f"ocfl_object_{spec}\n")
    manifest, states = {}, {}
    for number, state in enumerate(versions, start=1):
        here = {}
        for logical, data in state.items():
            key = digest(algorithm, data)
            here.setdefault(key, []).append(logical)
            if key not in manifest:
                content = f"v{number}/content/{logical}"
                manifest[key] = [content]
                path = root / content
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        states[f"v{number}"] = {"created": "2024-01-01T00:00:00Z", "state": here}
        inventory = {
            "id": identifier,
            "type": f"https://ocfl.io/{spec}/spec/#inventory",
            "digestAlgorithm": algorithm,
            "head": f"v{number}",
            "manifest": manifest,
            "versions": states,
        }
        (root / f"v{number}").mkdir(exist_ok=True)
        for folder in (root, root / f"v{number}"):
            write_inventory(folder, inventory)
    return root


def write_inventory(folder, inventory):
    """Write an inventory with its sidecar."""
    algorithm = inventory["digestAlgorithm"]
    data = json.dumps(inventory, indent=1).encode()
    (folder / "inventory.json").write_bytes(data)
    sidecar = f"{digest(algorithm, data)} inventory.json\n"
    (folder / f"inventory.json.{algorithm}").write_text(sidecar)


class Within:
    """A source seen from a folder within it, as the contract's tests name its entries."""

    def __init__(self, source, prefix):
        self._source = source
        self._prefix = prefix

    def listing(self):
        from dataclasses import replace

        for entry in self._source.listing():
            if entry.path.startswith(self._prefix):
                yield replace(entry, path=entry.path[len(self._prefix) :])

    def __getattr__(self, name):
        act = getattr(self._source, name)
        if name in {"read", "open", "storage"}:
            return lambda path: act(self._prefix + path)
        return act


def told(source):
    """Return what a listing finds of fixity: (path, what)."""
    return [(entry.path, flaw.what) for entry in source.listing() for flaw in entry.flaws]


def words(source):
    """Return what a listing finds of fixity, in words, by path."""
    return {
        entry.path: "; ".join(flaw.told for flaw in entry.flaws)
        for entry in source.listing()
        if entry.flaws
    }
