"""What a browser calls a file that it saves."""

from email.utils import encode_rfc2231


def attachment(file_name: str) -> str:
    """Return the Content-Disposition that saves a file under a name, whatever the name is (RFC 6266).

    The encoding of RFC 8187 is that of RFC 2231, for which Python has a function: it escapes all but letters, digits
    and - . _ ~, so no name breaks out. aiohttp's function writes what forms need (RFC 7578): browsers keep its %20.
    Raises ValueError for halves of characters, which have no UTF-8.
    """
    escaped = encode_rfc2231(file_name, "utf-8")
    if escaped == f"utf-8''{file_name}":
        return f'attachment; filename="{file_name}"'  # as simple clients want it
    return f"attachment; filename*={escaped}"
