"""What a figure was measured on: processor and versions, and nothing private."""

import json
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PIL import features

OURS = ("numpy", "numba", "pyarrow", "sqlalchemy")
PEERS = ("czkawka", "imgdd", "pdqhash", "ImageHash", "imagededup", "faiss-cpu", "pillow", "numpy")

_VERSIONS = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def ours() -> dict[str, str]:
    found = {"Pillow": version("pillow"), "libjpeg-turbo": features.version("libjpeg_turbo") or "-"}
    for name in OURS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "-"
    return found


def peers(interpreter: str) -> dict[str, str]:
    told = subprocess.run(
        [interpreter, "-c", _VERSIONS, *PEERS], capture_output=True, text=True, check=True
    )
    return dict(json.loads(told.stdout))


def describe() -> dict[str, object]:
    return {
        "processor": processor(), "cores": cores(), "memory_gb": memory_gb(),
        "system": platform.system(), "python": platform.python_version(), "versions": ours(),
        "load": round(os.getloadavg()[0], 2),
    }  # fmt: skip
