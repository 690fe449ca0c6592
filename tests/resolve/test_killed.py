"""Plans that are killed while they are carried out and put back: nothing is ever lost.

100 kills, or as many as MONOPRINT_KILLS says (the long mode: 1,000).
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

KILLS = int(os.environ.get("MONOPRINT_KILLS", "100"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_whenever_it_is_killed_every_content_is_still_there(child_environment, quick_folder):
    seed = random.randrange(1 << 32)
    print("seed", seed)  # a failure shows it
    # A kill leaves in memory what it leaves on a disk; a power cut is another matter.
    with tempfile.TemporaryDirectory(dir=quick_folder) as folder:
        done = subprocess.run(
            [sys.executable, Path(__file__).with_name("killing.py"), folder, str(seed), str(KILLS)],
            env=child_environment, capture_output=True, text=True, timeout=60 + 2 * KILLS,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    print(told)
    assert told["faults"] == []
    assert told["kills"] >= KILLS
