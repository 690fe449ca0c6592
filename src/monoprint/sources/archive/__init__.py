"""Archives: zip, tar, 7z, and office documents, which are zip. Nothing is unpacked to disk."""
