"""The pristine files of a project: as flaskgen wrote them, kept in one archive beside the record."""

from __future__ import annotations

import io
import zipfile

from flaskgen.errors import BrokenRecord, TemplateDefect
from flaskgen.planning.project.paths import BASE_PATH
from flaskgen.planning.templates.tree import Tree, encode, landing_path

_LARGEST_BASE = 50_000_000
_RESTORE = "bring it back: git checkout -- .flaskgen"
# Zip files hold no earlier time; the files' own would make every record another one.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack_base(tree: Tree) -> bytes:
    """Give the pristine render as a zip file that is the same wherever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(tree.items()):
            info = zipfile.ZipInfo(str(path), _EPOCH)
            info.create_system = 3  # Unix, on every system
            archive.writestr(info, encode(content))
    return buffer.getvalue()


def unpack_base(packed: bytes) -> Tree:
    """Give the files of a pristine render. Raises BrokenRecord for what is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if sum(info.file_size for info in archive.infolist()) > _LARGEST_BASE:
                raise ValueError("its files are larger than any that flaskgen writes")
            names = archive.namelist()
            return {landing_path(name, source=str(BASE_PATH)): archive.read(name) for name in names}
    except TemplateDefect as error:  # in a clone it may be anyone's file
        raise BrokenRecord(error.message, hint=_RESTORE) from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise BrokenRecord(f"{BASE_PATH} cannot be read: {error}", hint=_RESTORE) from error
