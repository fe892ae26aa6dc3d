// The byte strings of runtime 1.0.
(function (bytes) {
    "use strict";
    const define = (object, name, value) =>
        Object.defineProperty(object, name, { value, writable: true, configurable: true });
    define(String, "bytesFrom", function (value, encoding) {
        if (Array.isArray(value)) {
            return bytes.fromArray(value);
        }
        if (typeof value === "string") {
            if (!["hex", "base64", "base64url"].includes(encoding)) {
                throw new TypeError('Unknown encoding: "' + encoding + '"');
            }
            return bytes.decode(value, encoding);
        }
        throw new TypeError("value must be a string or array");
    });
    const isBytes = (text) => {
        for (let at = 0; at < text.length; at++) {
            if (text.charCodeAt(at) > 255) {
                return false;
            }
        }
        return true;
    };
    define(String.prototype, "fromBytes", function (start, end) {
        return String(this).slice(start, end);
    });
    define(String.prototype, "fromUTF8", function (start, end) {
        const text = bytes.encode(String(this).slice(start, end), "utf8");
        return text.includes("\ufffd") ? null : text;
    });
    define(String.prototype, "toBytes", function (start, end) {
        const text = String(this).slice(start, end);
        return isBytes(text) ? text : null;
    });
    define(String.prototype, "toUTF8", function (start, end) {
        return bytes.encodeUtf8(String(this).slice(start, end));
    });
    const plain = String.prototype.toString;
    define(String.prototype, "toString", function (encoding) {
        const text = plain.call(this);
        if (encoding === undefined) {
            return text;
        }
        if (!["hex", "base64", "base64url"].includes(encoding)) {
            throw new TypeError('Unknown encoding: "' + encoding + '"');
        }
        return bytes.encode(isBytes(text) ? text : bytes.encodeUtf8(text), encoding);
    });
})
