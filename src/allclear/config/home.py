"""Where Allclear keeps what it owns on disk: the data folder and the secrets in it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import platformdirs


def home() -> Path:
    """The data folder: `ALLCLEAR_HOME`, else the user's data folder, else `/var/lib/allclear` for root.

    Root gets a system folder so that no home folder has to be opened to the database's user.
    """
    named = os.environ.get("ALLCLEAR_HOME")
    if named:
        return Path(named).expanduser().resolve()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/allclear")
    return Path(platformdirs.user_data_dir("allclear", appauthor=False))


def prepared_home() -> Path:
    """The data folder, made if it is missing; readable by others only as a path to the database's folder."""
    folder = home()
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    return folder


def secret(name: str, *, length: int = 50) -> str:
    """A secret kept in `<home>/secrets/<name>`, generated on first use; two processes agree on one value.

    `ALLCLEAR_<NAME>` and `ALLCLEAR_<NAME>_FILE` take precedence, for deployments that keep secrets elsewhere.
    """
    variable = f"ALLCLEAR_{name.upper()}"
    if value := os.environ.get(variable):
        return value
    if file := os.environ.get(f"{variable}_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    folder = prepared_home() / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(length))
    return path.read_text(encoding="utf-8").strip()


def _write_once(path: Path, value: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(value)
    try:
        os.link(draft, path)  # fails when another process was first: then its value counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
