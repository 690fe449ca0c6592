"""What a single file may cost, each limit with its reason."""

from typing import Final

# The largest file that is read into memory. Scans of large maps reach a few hundred megabytes;
# two workers at this limit stay below half of a small server's memory.
MAX_FILE_BYTES: Final = 1 << 30

# An A0 sheet scanned at 600 dpi has 558 million pixels, the largest that land registries keep.
MAX_PIXELS: Final = 600_000_000

# What one frame may take in memory once decoded. JPEG is exempt where it is decoded scaled down,
# row by row; everything else has to be held whole.
MAX_DECODED_BYTES: Final = 1 << 30

# Frames or pages of one file that get a fingerprint. A deed rarely has more pages; the frames
# of an animation hardly differ after that. The rest are counted and said to be left out.
MAX_FRAMES: Final = 64

# Frames or pages that are counted before the count is given up: a small file can hold millions.
MAX_COUNTED_FRAMES: Final = 10_000

# Pages of one document. A deed has tens, a year's register some thousands.
MAX_PAGES: Final = 5_000

# libjpeg's own progressive script has 10 scans and optimised ones stay below 30; each scan costs
# a pass over the whole picture, so thousands of empty ones are an attack on the processor.
MAX_SCANS: Final = 100

# Seconds from sending a file to a worker to its answer. No picture of the development set takes
# a hundredth of this; it is long so that a slow network share does not cost honest files.
MAX_SECONDS: Final = 120.0

# Memory a worker may take beyond what it has at its start: one decoded frame at its limit, a
# converted copy of it, and the file. The operating system enforces it where it can (Linux).
MAX_WORKER_BYTES: Final = 3 << 30
