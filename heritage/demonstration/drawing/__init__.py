"""Drawing of solid-looking objects with PIL and numpy: outlines, materials under a lamp, and a canvas."""
