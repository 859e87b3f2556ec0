"""Fetch the browser files we serve from exact npm packages, or check those already here.

``make vendor`` runs this after a version below was raised; neither README command needs npm, since
the files are committed. Each tarball must have the integrity written here, so a package that was
changed after our review cannot come in. ``--check`` needs no network: it compares every vendored
file with the sums in ``static/vendor/MANIFEST.json``.

Bootstrap's source-map comment is taken out: the manifest storage stops ``collectstatic`` on a map
that is not there. Icons lose their comment and class and get our 1.75 stroke.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
MANIFEST = STATIC / "vendor" / "MANIFEST.json"

ICONS = """
    arrow-left arrow-right award ban banknote bell calendar calendar-check calendar-days
    calendar-plus calendar-x chart-column check chevron-down chevron-left chevron-right chevron-up
    circle-alert circle-check circle-x clock contrast copy credit-card download dumbbell ellipsis
    eye eye-off file-text filter gift globe history hourglass info key-round languages leaf list
    lock log-in log-out mail map-pin menu minus monitor moon pencil phone plus printer repeat
    scissors search send settings sliders-horizontal sparkles star sun tag ticket trash-2 undo-2
    user user-check user-x users wallet x
""".split()

# Names that read better in our templates than the package's own.
RENAMED_ICONS = {"alert-triangle": "triangle-alert"}


class VendorError(Exception):
    """Something is not as it was reviewed: wrong sum, missing file or no npm."""


@dataclass(frozen=True)
class Package:
    """One npm package: the reviewed version and where its files go (paths under ``static/``)."""

    name: str
    version: str
    integrity: str
    licence: str
    licence_file: str
    files: dict[str, str] = field(default_factory=dict)


PACKAGES = (
    Package(
        name="bootstrap",
        version="5.3.9",
        integrity="sha512-20cU0rcfw8WdxtVbmfU+xT2EjvVTw9Ror/h1Qvd7DXCujRg8OO9mdBCsmTHdJFf3"
        "BuadmBNJtgIuUXsBqSkk/w==",
        licence="MIT",
        licence_file="vendor/licences/bootstrap.txt",
        files={"dist/css/bootstrap.min.css": "vendor/bootstrap/bootstrap.min.css"},
    ),
    Package(
        name="@fontsource-variable/figtree",
        version="5.3.0",
        integrity="sha512-VRVodD7OiG7apQwE8/2fMjaqpY/a0qRJqL5HtYj8CKIVps+9amaFcdfKmDIf7iqY"
        "Qx6iPLlArVXAfKeIZmVcNQ==",
        licence="OFL-1.1",
        licence_file="vendor/licences/figtree.txt",
        files={
            "files/figtree-latin-wght-normal.woff2": "vendor/fonts/figtree-latin.woff2",
            "files/figtree-latin-ext-wght-normal.woff2": "vendor/fonts/figtree-latin-ext.woff2",
        },
    ),
    Package(
        name="@fontsource-variable/bricolage-grotesque",
        version="5.3.0",
        integrity="sha512-TLi9Q4hJjS2UvoTMRSS2nHu6c4R56lAw60NR9QYtVRCHn0XtsFpiEhNffZ8Glsox"
        "u6wEEwLKBP8lb94J52PNBA==",
        licence="OFL-1.1",
        licence_file="vendor/licences/bricolage-grotesque.txt",
        files={
            "files/bricolage-grotesque-latin-wght-normal.woff2": (
                "vendor/fonts/bricolage-latin.woff2"
            ),
            "files/bricolage-grotesque-latin-ext-wght-normal.woff2": (
                "vendor/fonts/bricolage-latin-ext.woff2"
            ),
        },
    ),
    Package(
        name="lucide-static",
        version="1.62.0",
        integrity="sha512-WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbM"
        "lOibLaiwdQ88G5pHkSWgwA==",
        licence="ISC",
        licence_file="vendor/licences/lucide.txt",
        files={f"icons/{name}.svg": f"icons/{name}.svg" for name in ICONS}
        | {f"icons/{source}.svg": f"icons/{ours}.svg" for ours, source in RENAMED_ICONS.items()},
    ),
)


def fetch(package: Package, folder: Path) -> Path:
    """Bring one tarball into ``folder`` and return its path. VendorError on a wrong sum."""
    before = set(folder.glob("*.tgz"))
    try:
        subprocess.run(
            ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise VendorError("npm is not installed; it is needed only for `make vendor`.") from error
    except subprocess.CalledProcessError as error:
        raise VendorError(f"{package.name}: npm said: {error.stderr.strip()}") from error
    [tarball] = set(folder.glob("*.tgz")) - before
    sum_here = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if package.integrity != f"sha512-{sum_here}":
        raise VendorError(f"{package.name} {package.version}: integrity is sha512-{sum_here}")
    return tarball


def prepared(source: str, content: bytes) -> bytes:
    """The file as we serve it; only stylesheets and icons differ from the package."""
    if source.endswith(".css"):
        return re.sub(rb"\n?/\*# sourceMappingURL=.*?\*/\s*$", b"\n", content)
    if source.endswith(".svg"):
        text = re.sub(r"<!--.*?-->\s*", "", content.decode(), flags=re.S)
        text = re.sub(r'\s*class="[^"]*"', "", text, count=1)
        text = text.replace('stroke-width="2"', 'stroke-width="1.75"')
        return re.sub(r">\s+<", "><", " ".join(text.split())).replace(" >", ">").encode() + b"\n"
    return content


def unpack(package: Package, tarball: Path) -> dict[str, str]:
    """Write the package's files and licence under ``static/``; returns path -> SHA-256."""
    sums: dict[str, str] = {}
    with tarfile.open(tarball) as archive:
        for source, target in {**package.files, "LICENSE": package.licence_file}.items():
            member = archive.extractfile(f"package/{source}")
            if member is None:
                raise VendorError(f"{package.name} {package.version} has no file {source}")
            content = prepared(source, member.read())
            path = STATIC / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sums[target] = hashlib.sha256(content).hexdigest()
    return sums


def vendor() -> None:
    """Fetch every package and write the manifest."""
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            print(f"{package.name} {package.version}", flush=True)
            sums = unpack(package, fetch(package, Path(folder)))
            entries.append(
                {
                    "name": package.name,
                    "version": package.version,
                    "licence": package.licence,
                    "integrity": package.integrity,
                    "files": dict(sorted(sums.items())),
                }
            )
    MANIFEST.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


def faults() -> list[str]:
    """What differs from the manifest, one sentence each; empty when all is as vendored."""
    found = []
    entries = json.loads(MANIFEST.read_text(encoding="utf-8"))
    reviewed = {(package.name, package.version) for package in PACKAGES}
    if {(entry["name"], entry["version"]) for entry in entries} != reviewed:
        found.append("The manifest and scripts/vendor.py name different packages: run make vendor.")
    for entry in entries:
        for target, expected in entry["files"].items():
            path = STATIC / target
            if not path.is_file():
                found.append(f"{target} is missing.")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
                found.append(f"{target} was changed by hand.")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="compare with the manifest, no network"
    )
    if parser.parse_args().check:
        found = faults()
        print("\n".join(found) or "All vendored files are as the manifest says.")
        return 1 if found else 0
    try:
        vendor()
    except VendorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
