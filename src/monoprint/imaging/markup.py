"""Markup: XML that strangers wrote, parsed without entities, within limits.

Expat fetches nothing by itself; what could still be bought from it is expansion, so a document that
declares an entity is refused before it can be used.
"""

from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from monoprint.errors import Refused, Unreadable
from monoprint.imaging import limits

_PIECE: Final = 1 << 16


def parse(data: bytes) -> Element:
    """Return the root of an XML document; names are written ``{namespace}name``.

    Comments, processing instructions and the document type are left out. Raises Refused for a
    document that declares entities or defaults, or has too many or too deep elements, Unreadable
    for what is not well-formed.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    elements = depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal elements, depth
        elements += 1
        depth += 1
        if elements > limits.MAX_ELEMENTS:
            raise Refused(f"element limit: more than {limits.MAX_ELEMENTS:,} XML elements")
        if depth > limits.MAX_ELEMENT_DEPTH:
            raise Refused(f"depth limit: XML nested deeper than {limits.MAX_ELEMENT_DEPTH}")
        builder.start(_name(name), {_name(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(name))

    def refuse(*_: object) -> int:
        raise Refused("entity limit: the document declares or calls for XML entities")

    def declared(_: str, __: str, ___: str, default: str | None, ____: bool) -> None:
        if default is not None:  # expat would write it into each element
            raise Refused("entity limit: the document declares defaults of XML attributes")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    parser.AttlistDeclHandler = declared
    parser.ExternalEntityRefHandler = refuse
    parser.SkippedEntityHandler = refuse
    try:
        for at in range(0, len(data), _PIECE):
            parser.Parse(data[at : at + _PIECE], False)
        parser.Parse(b"", True)
        return builder.close()
    except expat.ExpatError as error:
        raise Unreadable(f"damaged: XML that is not well-formed ({error})") from error
    except (LookupError, ValueError) as error:  # an encoding that there is none of
        raise Unreadable(f"damaged: XML in an unknown encoding ({error})") from error


def _name(name: str) -> str:
    return f"{{{name}" if "}" in name else name
