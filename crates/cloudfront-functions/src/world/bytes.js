// Bytes and the texts that stand for them. A byte string is a string whose characters are bytes.
(function (natives) {
    "use strict";
    const fromCharCode = String.fromCharCode;

    const encodeUtf8 = (text) => {
        let bytes = "";
        for (let at = 0; at < text.length; at++) {
            let code = text.charCodeAt(at);
            if (code >= 0xd800 && code < 0xdc00 && at + 1 < text.length) {
                const low = text.charCodeAt(at + 1);
                if (low >= 0xdc00 && low < 0xe000) {
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    at++;
                }
            }
            if (code >= 0xd800 && code < 0xe000) {
                code = 0xfffd;
            }
            if (code < 0x80) {
                bytes += fromCharCode(code);
            } else if (code < 0x800) {
                bytes += fromCharCode(0xc0 | code >> 6, 0x80 | code & 63);
            } else if (code < 0x10000) {
                bytes += fromCharCode(0xe0 | code >> 12, 0x80 | code >> 6 & 63, 0x80 | code & 63);
            } else {
                bytes += fromCharCode(0xf0 | code >> 18, 0x80 | code >> 12 & 63, 0x80 | code >> 6 & 63,
                    0x80 | code & 63);
            }
        }
        return bytes;
    };
    const toArray = (bytes) => {
        const array = new Uint8Array(bytes.length);
        for (let at = 0; at < bytes.length; at++) {
            array[at] = bytes.charCodeAt(at);
        }
        return array;
    };
    const fromArray = (array) => {
        let bytes = "";
        for (let at = 0; at < array.length; at++) {
            bytes += fromCharCode(array[at] & 255);
        }
        return bytes;
    };
    const viewOf = (data) => ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array(data);
    const isBinary = (data) => ArrayBuffer.isView(data) || data instanceof ArrayBuffer;

    const encodings = ["utf8", "utf-8", "hex", "base64", "base64url"];
    const checked = (encoding) => {
        const name = encoding === undefined ? "utf8" : String(encoding).toLowerCase();
        if (!encodings.includes(name)) {
            throw new TypeError('"' + encoding + '" encoding is not supported');
        }
        return name === "utf-8" ? "utf8" : name;
    };
    // The bytes that a text stands for, and back.
    const decode = (text, encoding) => {
        const name = checked(encoding);
        return name === "utf8" ? encodeUtf8(text) : natives.decode(text, name);
    };
    const encode = (bytes, encoding) => natives.encode(bytes, checked(encoding));

    return { encodeUtf8, toArray, fromArray, viewOf, isBinary, encodings, checked, decode, encode };
})
