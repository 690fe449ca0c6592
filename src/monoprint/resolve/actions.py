"""Actions: how one step is carried out, found out after a crash, and put back."""

import base64
import errno
import hashlib
import json
import os
import posixpath
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monoprint.model.asset import path_name, path_text
from monoprint.model.history import canonical, now
from monoprint.model.plan import QUARANTINE, Action, Step
from monoprint.resolve.tree import Reader, Seen, Skip, Tree
from monoprint.sources.extents import shared_extents

# FICLONE of Linux (include/uapi/linux/fs.h): make one file share another's extents.
_FICLONE: Final = 0x40049409
_CANNOT_CLONE: Final = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOTTY, errno.ENOSYS}
_CANNOT_LINK: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}
_APART: Final = "the two lie on different file systems"
_SHARED: Final = "it shares its storage with the file that stays already"
_CHUNK: Final = 1 << 20
MANIFEST: Final = "manifest.jsonl"

Trees = Mapping[str, Tree]
Intent = dict[str, Any]


class NotUndone(Exception):
    """A step that cannot be put back; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Name:
    """A file by its store's tree and its path (text form)."""

    tree: Tree
    path: str

    def stat(self) -> os.stat_result | None:
        """Return what stands there, None if nothing does."""
        return self.tree.look(self.path)


class Siblings:
    """Names of one file, by the device and inode that it had before anything was done."""

    def __init__(self) -> None:
        self._names: dict[tuple[int, int], list[Name]] = {}
        self._back: dict[tuple[int, int], list[Name]] = {}
        self._aside: dict[tuple[int, int], list[Name]] = {}
        self._links: dict[tuple[int, int], int] = {}

    def add(self, was: dict[str, Any], name: Name) -> None:
        """Note a name that a file had."""
        key = was["dev"], was["ino"]
        self._names.setdefault(key, []).append(name)
        self._links[key] = max(self._links.get(key, 0), was["links"])

    def aside(self, was: dict[str, Any], name: Name) -> None:
        """Note where a file is in quarantine, perhaps."""
        self._aside.setdefault((was["dev"], was["ino"]), []).append(name)

    def put_back(self, was: dict[str, Any], name: Name) -> None:
        """Note that a name was put back as a file with another inode."""
        self._back.setdefault((was["dev"], was["ino"]), []).append(name)

    def others(self, was: dict[str, Any]) -> bool:
        """Say whether a file had names that are not known here."""
        key = was["dev"], was["ino"]
        return self._links.get(key, 1) > len(self._names.get(key, ()))

    def now(self, was: dict[str, Any]) -> Iterator[Name]:
        """Yield the names that the file has now, itself or as it was put back."""
        key = was["dev"], was["ino"]
        for name in (*self._names.get(key, ()), *self._aside.get(key, ())):
            found = name.stat()
            if found is not None and (found.st_dev, found.st_ino) == key:
                yield name
        yield from self._back.get(key, ())


def intend(step: Step, plan: bytes, trees: Trees) -> Intent:
    """Return all that is needed to carry out, find out and put back a step.

    Raises Skip if the copy is not there as a file.
    """
    number = step.number
    place = step.quarantined or step.copy[1]
    was = _attributes(Name(trees[step.copy[0]], place))
    intent: Intent = {
        "step": number,
        "action": step.action,
        "copy": list(step.copy),
        "keeper": list(step.keeper),
        "sha256": step.sha256,
        "keeper_sha256": step.keeper_sha256,
        "relation": step.relation,
        "was": was,
    }
    if step.action.links:
        intent["temporary"] = f".monoprint-{plan.hex()[:12]}-{number}"
    if step.action is Action.SYMLINK:
        intent["target"] = _target(step, trees)
    if step.action is Action.QUARANTINE:
        ending = posixpath.splitext(step.copy[1])[1]
        intent["quarantined"] = f"{QUARANTINE}/{plan.hex()[:12]}/{number}{ending}"
    if step.action is Action.DELETE:
        intent["quarantined"] = step.quarantined
    if step.only_in_copy:
        intent["only_in_copy"] = dict(step.only_in_copy)
    return intent


def verify(intent: Intent, trees: Trees, reader: Reader) -> tuple[Seen, Seen]:
    """Read keeper and copy again; return what they are.

    Raises Skip if either is not what the plan says, or is not what it was when the step was
    announced.
    """
    copy, keeper = _copy(intent, trees), _keeper(intent, trees)
    stays = _read(keeper, intent["keeper_sha256"], "the file that stays", reader)
    goes = _read(copy, intent["sha256"], "the copy", reader)
    was = intent["was"]
    if (goes.inode, goes.size, goes.modified_ns) != (was["ino"], was["size"], was["mtime"]):
        raise Skip("the copy changed since the step was announced")
    if intent["action"] != Action.DELETE and (goes.device, goes.inode) == (
        stays.device,
        stays.inode,
    ):
        if Action(intent["action"]).links:
            raise Skip(_SHARED)
        if copy.path == keeper.path and copy.tree is keeper.tree:
            raise Skip("it is the file that stays")
    # Only asked where a reflink is to be made: each question has the file written out first.
    if intent["action"] == Action.REFLINK and goes.device == stays.device:
        extents = _extents(copy)
        if extents and extents == _extents(keeper):
            raise Skip(_SHARED)
    return stays, goes


def _extents(name: Name) -> tuple[tuple[int, int], ...]:
    """Return where a file lies if all of it is shared, nothing if that is not told."""
    try:
        with name.tree.opened(name.path) as file:
            return shared_extents(file)
    except OSError as error:
        raise Skip(_reason(error)) from error


def perform(intent: Intent, stays: Seen, trees: Trees) -> None:
    """Carry out a step that was announced and verified.

    Raises Skip if it cannot be done here; then everything is as it was.
    """
    try:
        _PERFORM[Action(intent["action"])](intent, stays, trees)
    except OSError as error:
        raise Skip(_reason(error)) from error
    finally:
        if "temporary" in intent:
            _remove_temporary(intent, trees)


def was_done(intent: Intent, trees: Trees, reader: Reader) -> bool:
    """Find out whether a step that was announced before a crash was carried out.

    What it left halfway is cleared away.
    """
    action = Action(intent["action"])
    if "temporary" in intent:
        _remove_temporary(intent, trees)
    if action is Action.DELETE:
        return _copy(intent, trees).stat() is None
    if action is Action.QUARANTINE:
        aside = Name(trees[intent["copy"][0]], intent["quarantined"]).stat()
        return aside is not None and bool(aside.st_ino == intent["was"]["ino"])
    found = _copy(intent, trees).stat()
    if found is None:
        return False
    if action is Action.SYMLINK:
        return stat.S_ISLNK(found.st_mode) and _link_of(intent, trees) == intent["target"]
    if not stat.S_ISREG(found.st_mode) or found.st_ino == intent["was"]["ino"]:
        return False
    if action is Action.HARDLINK:
        keeper = _keeper(intent, trees).stat()
        if keeper is not None and (keeper.st_dev, keeper.st_ino) == (found.st_dev, found.st_ino):
            return True
    try:
        return bool(reader(*_at(_copy(intent, trees))).sha256 == intent["sha256"])
    except (OSError, Skip):
        return False


# Carrying out


def _hardlink(intent: Intent, stays: Seen, trees: Trees) -> None:
    copy, keeper = _copy(intent, trees), _keeper(intent, trees)
    _same_access(intent, keeper)
    keeper_folder, keeper_name = keeper.tree.folder(keeper.path)
    folder, name = copy.tree.folder(copy.path)
    temporary = intent["temporary"]
    try:
        os.link(
            keeper_name, temporary, src_dir_fd=keeper_folder, dst_dir_fd=folder,
            follow_symlinks=False,
        )  # fmt: skip
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise Skip(f"{_APART}: no hard link can join them") from error
        raise
    made = os.stat(temporary, dir_fd=folder, follow_symlinks=False)
    if (made.st_dev, made.st_ino) != (stays.device, stays.inode):
        raise Skip("the file that stays was replaced at the last moment")
    _put_in_place(intent, copy, folder, name)


def _same_access(intent: Intent, keeper: Name) -> None:
    """Raise Skip if a hard link would change who may read or write at the copy's place."""
    was, stays = intent["was"], _attributes(keeper)
    told = {
        "permissions": (was["mode"], stays["mode"]),
        "owner": ((was["uid"], was["gid"]), (stays["uid"], stays["gid"])),
        "access list": tuple(x["xattrs"].get("system.posix_acl_access") for x in (was, stays)),
    }
    for what, (one, other) in told.items():
        if one != other:
            raise Skip(f"its {what} would become that of the file that stays: plan it as reflink")


def _reflink(intent: Intent, stays: Seen, trees: Trees) -> None:
    if sys.platform != "linux":
        raise Skip("reflinks are made on Linux only")
    import fcntl

    copy, keeper = _copy(intent, trees), _keeper(intent, trees)
    folder, name = copy.tree.folder(copy.path)
    with keeper.tree.opened(keeper.path) as source:
        info = os.fstat(source)
        if (info.st_ino, info.st_size, info.st_mtime_ns) != (
            stays.inode, stays.size, stays.modified_ns,
        ):  # fmt: skip
            raise Skip("the file that stays changed at the last moment")
        made = _new_file(folder, intent["temporary"])
        try:
            try:
                fcntl.ioctl(made, _FICLONE, source)
            except OSError as error:
                if error.errno == errno.EXDEV:
                    raise Skip(f"{_APART}: they cannot share storage") from error
                if error.errno in _CANNOT_CLONE:
                    raise Skip("this file system cannot share storage between files") from error
                raise
            missed = _dress(made, intent["was"])
            if missed:
                raise Skip(f"{', '.join(missed)} of the copy could not be kept")
            os.fsync(made)
        finally:
            os.close(made)
    _put_in_place(intent, copy, folder, name)


def _symlink(intent: Intent, _stays: Seen, trees: Trees) -> None:
    copy = _copy(intent, trees)
    folder, name = copy.tree.folder(copy.path)
    os.symlink(path_name(intent["target"]), intent["temporary"], dir_fd=folder)
    _put_in_place(intent, copy, folder, name)


def _quarantine(intent: Intent, _stays: Seen, trees: Trees) -> None:
    copy = _copy(intent, trees)
    folder, name = copy.tree.folder(copy.path)
    aside = Name(copy.tree, intent["quarantined"])
    aside_folder, aside_name = aside.tree.folder(aside.path, make=True)
    if aside.stat() is not None:
        raise Skip("there is a file of its name in the quarantine already")
    _still(intent, copy)
    try:
        os.rename(name, aside_name, src_dir_fd=folder, dst_dir_fd=aside_folder)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise Skip("it lies on another file system than the store's top") from error
        raise
    moved = aside.stat()
    was = intent["was"]
    if moved is None or (moved.st_ino, moved.st_mtime_ns) != (was["ino"], was["mtime"]):
        os.rename(aside_name, name, src_dir_fd=aside_folder, dst_dir_fd=folder)
        raise Skip("the copy changed at the last moment")
    copy.tree.touch(copy.path)
    aside.tree.touch(aside.path)


def _delete(intent: Intent, _stays: Seen, trees: Trees) -> None:
    aside = _copy(intent, trees)
    folder, name = aside.tree.folder(aside.path)
    _still(intent, aside)
    os.unlink(name, dir_fd=folder)
    aside.tree.touch(aside.path)


_PERFORM: Final[dict[Action, Callable[[Intent, Seen, Trees], None]]] = {
    Action.HARDLINK: _hardlink,
    Action.REFLINK: _reflink,
    Action.SYMLINK: _symlink,
    Action.QUARANTINE: _quarantine,
    Action.DELETE: _delete,
}


def write_manifests(intents: list[Intent], plan: bytes, trees: Trees) -> None:
    """Write into the quarantines what is about to come into them, before it does.

    A line may be of a file that did not come in the end, or stand there twice; what counts is
    that no file is there without one. Raises Skip or OSError if that cannot be done.
    """
    by_store: dict[str, list[Intent]] = {}
    for intent in intents:
        if intent["action"] == Action.QUARANTINE:
            by_store.setdefault(intent["copy"][0], []).append(intent)
    for store, wanted in sorted(by_store.items()):
        path = f"{QUARANTINE}/{plan.hex()[:12]}/{MANIFEST}"
        folder, name = trees[store].folder(path, make=True)
        lines = [
            canonical({
                "plan": plan.hex(), "step": intent["step"], "at": now(),
                "file": posixpath.basename(intent["quarantined"]), "path": intent["copy"][1],
                "sha256": intent["sha256"], "keeper": intent["keeper"],
                "keeper_sha256": intent["keeper_sha256"], "relation": intent["relation"],
                "was": intent["was"],
            })
            for intent in wanted
        ]  # fmt: skip
        handle = os.open(
            name, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600,
            dir_fd=folder,
        )  # fmt: skip
        try:
            size = os.fstat(handle).st_size
            data = "".join(line + "\n" for line in lines).encode()
            if size and os.pread(handle, 1, size - 1) != b"\n":
                data = b"\n" + data  # the line before was torn by a crash
            _write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        trees[store].touch(path)
        trees[store].sync()


def clear_quarantines(plan: bytes, trees: Trees) -> None:
    """Remove a plan's folder in the quarantines where nothing but its manifest is left in it."""
    for tree in trees.values():
        inside = f"{QUARANTINE}/{plan.hex()[:12]}"
        try:
            if tree.names(inside) != [MANIFEST]:
                continue
            folder, _ = tree.folder(f"{inside}/{MANIFEST}")
            os.unlink(MANIFEST, dir_fd=folder)
            above, name = tree.folder(inside)
            os.rmdir(name, dir_fd=above)
            top, quarantine = tree.folder(QUARANTINE)
            if not tree.names(QUARANTINE):
                os.rmdir(quarantine, dir_fd=top)
        except (FileNotFoundError, Skip):
            continue
        tree.forget()


# Putting back


def undo(intent: Intent, trees: Trees, reader: Reader, siblings: Siblings) -> list[str]:
    """Put a step that was carried out back; return what could not be restored.

    Names of one file become one file again, as `siblings` tells them. Putting back twice is
    putting back once. Raises NotUndone with the reason, and then everything is as it was.
    """
    action = Action(intent["action"])
    if action is Action.DELETE:
        raise NotUndone("it was deleted for good")
    try:
        if action is Action.QUARANTINE:
            return _back_from_quarantine(intent, trees)
        _remove_temporary(intent, trees)  # a crash of an earlier call may have left it
        return _back_from_link(intent, trees, reader, siblings)
    except OSError as error:
        raise NotUndone(_reason(error)) from error
    except Skip as error:
        raise NotUndone(str(error)) from error
    finally:
        if "temporary" in intent:
            _remove_temporary(intent, trees)


def _back_from_quarantine(intent: Intent, trees: Trees) -> list[str]:
    copy = _copy(intent, trees)
    aside = Name(copy.tree, intent["quarantined"])
    there, here = aside.stat(), copy.stat()
    was = intent["was"]
    if there is None:
        if here is not None and here.st_ino == was["ino"]:
            return []
        raise NotUndone("it is no longer in the quarantine")
    same = here is not None and (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
    if here is not None and not same:
        raise NotUndone("another file stands in its place now")
    folder, name = copy.tree.folder(copy.path, make=True)
    aside_folder, aside_name = aside.tree.folder(aside.path)
    if not same:
        try:
            os.link(aside_name, name, src_dir_fd=aside_folder, dst_dir_fd=folder,
                    follow_symlinks=False)  # fmt: skip
        except FileExistsError as error:
            raise NotUndone("another file stands in its place now") from error
        except OSError as error:
            if error.errno not in _CANNOT_LINK:
                raise
            os.rename(aside_name, name, src_dir_fd=aside_folder, dst_dir_fd=folder)
    if aside.stat() is not None:
        # Its name at its place must be durable before the other one goes.
        os.fsync(folder)
        os.unlink(aside_name, dir_fd=aside_folder)
    copy.tree.touch(copy.path)
    aside.tree.touch(aside.path)
    with copy.tree.opened(copy.path) as handle:
        return _dress(handle, was)


def _back_from_link(intent: Intent, trees: Trees, reader: Reader, siblings: Siblings) -> list[str]:
    copy, was = _copy(intent, trees), intent["was"]
    here = copy.stat()
    known = list(siblings.now(was))
    back = here is not None and _is_back(intent, copy, here, trees, reader)
    if back and all(_is_one(here, sibling) for sibling in known):
        siblings.put_back(was, copy)
        return []
    source = copy if back else _source(intent, copy, here, trees, reader)
    folder, name = copy.tree.folder(copy.path, make=True)
    temporary = intent["temporary"]
    missed: list[str] = []
    joined = any(_link_to(sibling, folder, temporary, intent, reader) for sibling in known)
    if back and not joined:
        siblings.put_back(was, copy)
        return ["hard links to names that were put back"]
    if not joined:
        made = _new_file(folder, temporary)
        try:
            _copy_content(source, made, intent["sha256"])
            missed = _dress(made, was)
            os.fsync(made)
        finally:
            os.close(made)
        if known:
            missed.append("hard links to names that were put back")
    if here is None:
        try:
            os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError as error:
            raise NotUndone("another file stands in its place now") from error
    else:
        now_there = copy.stat()
        if now_there is None or now_there.st_ino != here.st_ino:
            raise NotUndone("its place changed at the last moment")
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    if not joined:
        siblings.put_back(was, copy)
    copy.tree.touch(copy.path)
    return missed


def _is_one(here: os.stat_result | None, sibling: Name) -> bool:
    """Say whether a name is that of the file that was found."""
    found = sibling.stat()
    if here is None or found is None:
        return False
    return (found.st_dev, found.st_ino) == (here.st_dev, here.st_ino)


def _is_back(
    intent: Intent, copy: Name, here: os.stat_result, trees: Trees, reader: Reader
) -> bool:
    """Say whether a file of its own with the copy's content and time stands in its place."""
    was = intent["was"]
    if not stat.S_ISREG(here.st_mode) or here.st_mtime_ns != was["mtime"]:
        return False
    if stat.S_IMODE(here.st_mode) != was["mode"]:
        return False
    if intent["action"] == Action.REFLINK:
        return False  # a reflink looks the same; making it a file of its own twice does no harm
    keeper = _keeper(intent, trees).stat()
    if keeper is not None and (keeper.st_dev, keeper.st_ino) == (here.st_dev, here.st_ino):
        return False
    return bool(reader(*_at(copy)).sha256 == intent["sha256"])


def _source(
    intent: Intent, copy: Name, here: os.stat_result | None, trees: Trees, reader: Reader
) -> Name:
    """Return where the copy's content is to be had: in its place, or from the file that stays."""
    if here is not None and stat.S_ISREG(here.st_mode):
        if intent["action"] == Action.SYMLINK:
            raise NotUndone("another file stands in its place now")
        if reader(*_at(copy)).sha256 != intent["sha256"]:
            raise NotUndone("the content in its place is not what it was")
        return copy
    if here is not None and not (
        stat.S_ISLNK(here.st_mode)
        and intent["action"] == Action.SYMLINK
        and _link_of(intent, trees) == intent["target"]
    ):
        raise NotUndone("something else stands in its place now")
    keeper = _keeper(intent, trees)
    try:
        content = reader(*_at(keeper)).sha256
    except (OSError, Skip) as error:
        raise NotUndone("the file that stayed for it is gone, and its content with it") from error
    if content != intent["sha256"]:
        raise NotUndone("the file that stayed for it has another content now")
    return keeper


def _link_to(sibling: Name, folder: int, temporary: str, intent: Intent, reader: Reader) -> bool:
    """Make the temporary name one of a file that was put back before; say whether it can be.

    Raises OSError for what may pass, such as a full disk.
    """
    try:
        if reader(*_at(sibling)).sha256 != intent["sha256"]:
            return False
        sibling_folder, sibling_name = sibling.tree.folder(sibling.path)
        os.link(sibling_name, temporary, src_dir_fd=sibling_folder, dst_dir_fd=folder,
                follow_symlinks=False)  # fmt: skip
    except (FileNotFoundError, Skip):
        return False
    except OSError as error:
        if error.errno not in {*_CANNOT_LINK, errno.EXDEV}:
            raise
        return False
    return True


def _copy_content(source: Name, made: int, sha256: str) -> None:
    digest = hashlib.sha256()
    with source.tree.opened(source.path) as handle:
        while chunk := os.read(handle, _CHUNK):
            digest.update(chunk)
            _write_all(made, chunk)
    if digest.hexdigest() != sha256:
        raise NotUndone("its content changed while it was put back")


# What files are besides their content


def _attributes(name: Name) -> dict[str, Any]:
    """Return a file's owner, permissions, times, links and extended attributes.

    Raises Skip if it is not there or cannot be opened as a file.
    """
    try:
        with name.tree.opened(name.path) as handle:
            info = os.fstat(handle)
            xattrs = {}
            if hasattr(os, "listxattr"):
                try:
                    for key in os.listxattr(handle):
                        xattrs[key] = base64.b64encode(os.getxattr(handle, key)).decode()
                except OSError as error:
                    if error.errno not in {errno.EOPNOTSUPP, errno.ENODATA}:
                        raise
    except FileNotFoundError as error:
        raise Skip("it is gone") from error
    except OSError as error:
        raise Skip(_reason(error)) from error
    return {
        "mode": stat.S_IMODE(info.st_mode), "uid": info.st_uid, "gid": info.st_gid,
        "mtime": info.st_mtime_ns, "atime": info.st_atime_ns, "size": info.st_size,
        "dev": info.st_dev, "ino": info.st_ino, "links": info.st_nlink, "xattrs": xattrs,
    }  # fmt: skip


def _dress(handle: int, was: dict[str, Any]) -> list[str]:
    """Give an open file the attributes that a copy had; return which it could not be given."""
    missed = []
    info = os.fstat(handle)
    if (info.st_uid, info.st_gid) != (was["uid"], was["gid"]):
        try:
            os.chown(handle, was["uid"], was["gid"])
        except OSError:
            missed.append("owner")
    if stat.S_IMODE(os.fstat(handle).st_mode) != was["mode"]:
        try:
            os.chmod(handle, was["mode"])
        except OSError:
            missed.append("permissions")
    for key, value in was["xattrs"].items():
        wanted = base64.b64decode(value)
        try:
            if _xattr(handle, key) != wanted:
                os.setxattr(handle, key, wanted)
        except OSError:
            missed.append(f"extended attribute {key}")
    if (info.st_mtime_ns, info.st_atime_ns) != (was["mtime"], was["atime"]):
        try:
            os.utime(handle, ns=(was["atime"], was["mtime"]))
        except OSError:
            missed.append("times")
    return missed


def _xattr(handle: int, key: str) -> bytes | None:
    try:
        return os.getxattr(handle, key)
    except OSError:
        return None


# Small things


def _copy(intent: Intent, trees: Trees) -> Name:
    store, path = intent["copy"]
    return Name(trees[store], intent["quarantined"] if intent["action"] == Action.DELETE else path)


def _keeper(intent: Intent, trees: Trees) -> Name:
    store, path = intent["keeper"]
    return Name(trees[store], path)


def _at(name: Name) -> tuple[Tree, str]:
    return name.tree, name.path


def _read(name: Name, sha256: str, what: str, reader: Reader) -> Seen:
    try:
        seen = reader(name.tree, name.path)
    except FileNotFoundError as error:
        raise Skip(f"{what} is gone") from error
    except OSError as error:
        raise Skip(f"{what} cannot be read: {_reason(error)}") from error
    except Skip as error:
        raise Skip(f"{what}: {error}") from error
    if seen.sha256 != sha256:
        raise Skip(f"{what} has another content than when it was planned")
    return seen


def _put_in_place(intent: Intent, copy: Name, folder: int, name: str) -> None:
    """Let what was made beside the copy take its name, if the copy is still what was verified."""

    def take_its_name() -> None:
        _still(intent, copy)
        os.rename(intent["temporary"], name, src_dir_fd=folder, dst_dir_fd=folder)

    try:
        with copy.tree.freeing(copy.path):
            take_its_name()
    except OSError:
        take_its_name()  # some network file systems replace no file that is open
    copy.tree.touch(copy.path)


def _still(intent: Intent, copy: Name) -> None:
    """Raise Skip if the copy is not the file that was verified: the last look before its end."""
    found, was = copy.stat(), intent["was"]
    if found is None or (found.st_ino, found.st_size, found.st_mtime_ns) != (
        was["ino"], was["size"], was["mtime"],
    ):  # fmt: skip
        raise Skip("the copy changed at the last moment")


def _new_file(folder: int, name: str) -> int:
    return os.open(
        name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600,
        dir_fd=folder,
    )  # fmt: skip


def _remove_temporary(intent: Intent, trees: Trees) -> None:
    """Remove the temporary name that a step uses, if it is there; it never is a file's last."""
    copy = _copy(intent, trees)
    try:
        folder, _ = copy.tree.folder(copy.path)
        os.unlink(intent["temporary"], dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError, Skip):
        return


def _link_of(intent: Intent, trees: Trees) -> str | None:
    copy = _copy(intent, trees)
    try:
        folder, name = copy.tree.folder(copy.path)
        return path_text(os.readlink(name, dir_fd=folder))
    except (OSError, Skip):
        return None


def _target(step: Step, trees: Trees) -> str:
    """Return what a symbolic link at the copy's place must say, in text form.

    Within a store it is relative, so that it holds wherever the store is mounted.
    """
    if step.copy[0] == step.keeper[0]:
        start = posixpath.dirname(path_name(step.copy[1])) or "."
        return path_text(posixpath.relpath(path_name(step.keeper[1]), start))
    location = trees[step.keeper[0]].location
    return path_text(posixpath.join(path_name(location), path_name(step.keeper[1])))


def _write_all(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def manifest_lines(data: bytes) -> list[dict[str, Any]]:
    """Return what a quarantine's manifest says; a line torn by a crash says nothing."""
    found = []
    for line in data.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict):
            found.append(said)
    return found
