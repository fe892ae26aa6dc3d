"""Answers /api/picture?size=WIDTHxHEIGHT: a picture, really scaled to that size."""

import base64
import json
import os
import re

import png

SIDE_MAX = 600
FOLDER = os.path.dirname(os.path.abspath(__file__))

with open(os.path.join(FOLDER, "hills.png"), "rb") as file:
    WIDTH, HEIGHT, ROWS = png.read(file.read())


def handler(event, context):
    size = (event.get("queryStringParameters") or {}).get("size", f"{WIDTH}x{HEIGHT}")
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})", size)
    if not match:
        return refuse(f"size must look like 320x200, not {size}")
    width, height = int(match[1]), int(match[2])
    if not (1 <= width <= SIDE_MAX and 1 <= height <= SIDE_MAX):
        return refuse(f"width and height must be from 1 to {SIDE_MAX}")
    picture = png.write(width, height, png.scale(WIDTH, HEIGHT, ROWS, width, height))
    print(f"{size}: {len(picture)} bytes")
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "image/png", "X-Picture-Size": f"{width}x{height}"},
        "isBase64Encoded": True,
        "body": base64.b64encode(picture).decode(),
    }


def refuse(why):
    return {
        "statusCode": 400,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"error": why}),
    }
