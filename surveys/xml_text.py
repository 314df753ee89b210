"""Text that may stand in XML."""

import re

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: object) -> str:
    """Return the text without the control characters that XML 1.0 forbids."""
    return _NOT_IN_XML.sub("", str(text))
