"""PDF documents made in memory, for the tests of what reads them."""

import io


def stream(entries, data):
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def jpeg_object(data, size, more=b""):
    width, height = size
    return stream(
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB "
        b"/BitsPerComponent 8 /Filter /DCTDecode %s" % (width, height, more),
        data,
    )


def pdf(pages, objects=()):
    """Return a document of pages given as (width, height, drawing, more entries).

    `objects` are put after the pages and named /O0, /O1, … in each page's resources; /F is a font.
    """
    first = 4 + 2 * len(pages)
    names = b" ".join(b"/O%d %d 0 R" % (n, first + n) for n in range(len(objects)))
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(pages)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, (width, height, drawing, more) in enumerate(pages):
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R %s "
            b"/Resources << /XObject << %s >> /Font << /F 3 0 R >> >> >>"
            % (width, height, 5 + 2 * n, more, names)
        )
        bodies.append(stream(b"", drawing))
    bodies += objects
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(
        b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, table)
    )
    return out.getvalue()


def shown(name, width, height, left=0, bottom=0):
    """Return the drawing of a picture at a place, in points."""
    return b"q %d 0 0 %d %d %d cm /%s Do Q\n" % (width, height, left, bottom, name)


def text(words, mode=0):
    return b"BT /F 20 Tf %d Tr 30 30 Td (%s) Tj ET\n" % (mode, words)
