"""Compare what a wheel holds with the package's folder: every file once, readable by all, and nothing else."""

import stat
import sys
from pathlib import Path
from zipfile import ZipFile

wheel, package = sys.argv[1], Path(sys.argv[2])
wanted = {str(path) for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
with ZipFile(wheel) as archive:
    entries = archive.infolist()
found = {entry.filename for entry in entries if ".dist-info/" not in entry.filename}
unreadable = [entry.filename for entry in entries if not (entry.external_attr >> 16) & stat.S_IROTH]
executable = [entry.filename for entry in entries if (entry.external_attr >> 16) & stat.S_IXUSR]
problems = {
    "missing": sorted(wanted - found),
    "not ours": sorted(found - wanted),
    "not readable by all": unreadable,
    "executable": executable,
}
for problem, names in problems.items():
    if names:
        sys.exit(f"{wheel}: {problem}: {', '.join(names)}")
sys.stdout.write(f"the wheel has {len(found)} files\n")
