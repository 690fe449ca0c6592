"""A small IIIF server: manifests of both versions, image services of all levels, on loopback."""

import io
import json
import re
from urllib.parse import quote, unquote

from PIL import Image

from tests.sources.web_server import Answer, WebServer


def as_json(node):
    return Answer(200, json.dumps(node).encode(), {"Content-Type": "application/ld+json"})


class IiifServer(WebServer):
    """Serves what is put into it; `masters` are the pictures of its services by identifier."""

    def __init__(self):
        super().__init__()
        self.masters = {}
        self.infos = {}
        self.requests = []

    def document(self, name, node):
        """Serve a manifest or collection; return its address."""
        self.answers[f"/{name}"] = as_json(node)
        return f"{self.url}/{name}"

    def service(self, identifier, picture, version=3, level=2, **said):
        """Serve a picture by the Image API; return the service as a manifest names it."""
        base = f"/image/{quote(identifier, safe='')}"
        self.masters[base] = picture
        self.infos[base] = self._info(base, picture, version, level, said)
        self.answers[f"{base}/info.json"] = as_json(self.infos[base])
        if version == 3:
            return {"id": self.url + base, "type": "ImageService3", "profile": f"level{level}"}
        return {
            "@id": self.url + base,
            "@context": "http://iiif.io/api/image/2/context.json",
            "profile": f"http://iiif.io/api/image/2/level{level}.json",
        }

    def _info(self, base, picture, version, level, said):
        size = {"width": picture.width, "height": picture.height}
        if version == 3:
            return {
                "@context": "http://iiif.io/api/image/3/context.json",
                "id": self.url + base, "type": "ImageService3", "profile": f"level{level}",
                "protocol": "http://iiif.io/api/image", **size, **said,
            }  # fmt: skip
        profile = {k: said.pop(k) for k in ("maxWidth", "supports") if k in said}
        return {
            "@context": "http://iiif.io/api/image/2/context.json",
            "@id": self.url + base, "protocol": "http://iiif.io/api/image",
            "profile": [f"http://iiif.io/api/image/2/level{level}.json", profile], **size, **said,
        }  # fmt: skip

    def answer(self, path):
        """Make a picture of the size that is asked for, as a service does."""
        match = re.fullmatch(r"(/image/[^/]+)/full/([^/]+)/0/default\.jpg", path)
        if match is None or match[1] not in self.masters:
            return Answer(404)
        self.requests.append((unquote(match[1].rpartition("/")[2]), match[2]))
        picture, asked = self.masters[match[1]], match[2]
        width, height = picture.size
        if asked not in {"full", "max"}:
            if asked.startswith("!"):
                box = [int(n) for n in asked[1:].split(",")]
                scale = min(box[0] / width, box[1] / height)
                if scale > 1:
                    return Answer(400)
            else:
                across, down = ((int(n) if n else 0) for n in asked.split(","))
                scale = across / width if across else down / height
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=90)
        return Answer(200, buffer.getvalue(), {"Content-Type": "image/jpeg"})

    def serve(self):
        """Answer image requests by what was put in, beside what `answers` has."""
        server = self

        class Answers(dict):
            def get(self, key, default=None):
                found = super().get(key)
                return server.answer(key) if found is None else found

        self.answers = Answers(self.answers)
        return self


def manifest3(url, bodies, **said):
    """Return a manifest of Presentation 3 with one canvas for each body."""
    items = [
        {
            "id": f"{url}/canvas/{n}",
            "type": "Canvas",
            "label": {"none": [f"f. {n}"]},
            "items": [
                {
                    "id": f"{url}/page/{n}",
                    "type": "AnnotationPage",
                    "items": [
                        {"type": "Annotation", "motivation": "painting", "body": body},
                        {
                            "type": "Annotation",
                            "motivation": "commenting",
                            "body": {"type": "Text"},
                        },
                    ],
                }
            ],
        }
        for n, body in enumerate(bodies, start=1)
    ]
    return {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": url, "type": "Manifest", "items": items, **said,
    }  # fmt: skip


def manifest2(url, resources, **said):
    """Return a manifest of Presentation 2 with one canvas for each resource."""
    canvases = [
        {
            "@id": f"{url}/canvas/{n}",
            "@type": "sc:Canvas",
            "label": f"f. {n}",
            "images": [
                {"@type": "oa:Annotation", "motivation": "sc:painting", "resource": resource}
            ],
        }
        for n, resource in enumerate(resources, start=1)
    ]
    return {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@id": url, "@type": "sc:Manifest",
        "sequences": [{"@type": "sc:Sequence", "canvases": canvases}], **said,
    }  # fmt: skip


def body3(service=None, url="https://example.org/none.jpg"):
    body = {"id": url, "type": "Image", "format": "image/jpeg"}
    return body | ({"service": [service]} if service else {})


def body2(service=None, url="https://example.org/none.jpg"):
    body = {"@id": url, "@type": "dctypes:Image", "format": "image/jpeg"}
    return body | ({"service": service} if service else {})
