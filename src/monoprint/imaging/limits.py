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

# libjpeg's own progressive script has 10 scans and optimised ones stay below 30; each scan costs
# a pass over the whole picture, so thousands of empty ones are an attack on the processor.
MAX_SCANS: Final = 100

# Seconds from sending a file to a worker to its answer. No picture of the development set takes
# a hundredth of this; it is long so that a slow network share does not cost honest files.
MAX_SECONDS: Final = 120.0

# Memory a worker may take beyond what it has at its start: one decoded frame at its limit, a
# converted copy of it, and the file. The operating system enforces it where it can (Linux).
MAX_WORKER_BYTES: Final = 3 << 30

# Elements of an XML document (a drawing, a packet of metadata), and how deep they are nested; what
# a drawing uses again is counted each time. A city plan has some ten thousand elements; the
# renderer's stack ends between 200 and 400 levels.
MAX_ELEMENTS: Final = 100_000
MAX_ELEMENT_DEPTH: Final = 100

# A drawing's text, unpacked where it is compressed: large plans reach some ten megabytes.
MAX_DRAWING_BYTES: Final = 32 << 20

# Pixels of one picture inside a drawing: it is decoded by the renderer, whole.
MAX_PLACED_PIXELS: Final = 50_000_000

# The largest sensor that is sold has 151 million pixels.
MAX_RAW_PIXELS: Final = 160_000_000

# Developing takes up to 22 bytes for each pixel (measured at 24 and 50 million), which has to fit a
# worker: larger sensors are developed at half their size, which is still more than is compared.
MAX_DEVELOPED_PIXELS: Final = 110_000_000
