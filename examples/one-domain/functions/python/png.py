"""Reads and writes 8-bit RGB PNG pictures, and scales them: the standard library only."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read(data):
    """Gives (width, height, rows) of an 8-bit RGB picture; a row is 3 bytes for each pixel."""
    if data[:8] != SIGNATURE:
        raise ValueError("not a PNG picture")
    position, width, height, compressed = 8, 0, 0, b""
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + length]
        position += 12 + length
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
            if (depth, color) != (8, 2):
                raise ValueError("only 8-bit RGB is read")
        elif kind == b"IDAT":
            compressed += body
    return width, height, unfilter(zlib.decompress(compressed), width, height)


def unfilter(raw, width, height):
    """Undoes the five filters of PNG, row by row."""
    stride, rows, above = width * 3, [], bytearray(width * 3)
    for y in range(height):
        start = y * (stride + 1)
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        for x in range(stride):
            left = row[x - 3] if x >= 3 else 0
            up, corner = above[x], above[x - 3] if x >= 3 else 0
            if kind == 1:
                row[x] = (row[x] + left) & 255
            elif kind == 2:
                row[x] = (row[x] + up) & 255
            elif kind == 3:
                row[x] = (row[x] + (left + up) // 2) & 255
            elif kind == 4:
                row[x] = (row[x] + paeth(left, up, corner)) & 255
        rows.append(bytes(row))
        above = row
    return rows


def paeth(left, up, corner):
    """The predictor of filter 4."""
    estimate = left + up - corner
    to_left, to_up, to_corner = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def scale(width, height, rows, new_width, new_height):
    """The nearest pixel of the source for each pixel of the target."""
    columns = [x * width // new_width * 3 for x in range(new_width)]
    scaled = []
    for y in range(new_height):
        source = rows[y * height // new_height]
        scaled.append(b"".join(source[x : x + 3] for x in columns))
    return scaled


def write(width, height, rows):
    """The bytes of a PNG picture with filter 0 in each row."""
    raw = b"".join(b"\x00" + row for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 6)) + chunk(b"IEND", b"")


def chunk(kind, body):
    """Length, kind, body and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
