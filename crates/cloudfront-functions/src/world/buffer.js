// Buffer, TextEncoder, TextDecoder, atob and btoa of runtime 2.0.
(function (bytes) {
    "use strict";
    const outside = () => {
        throw new RangeError("Index out of range");
    };
    const rawOf = (value, encoding) => {
        if (typeof value === "string") {
            return bytes.toArray(bytes.decode(value, encoding));
        }
        if (bytes.isBinary(value)) {
            return bytes.viewOf(value);
        }
        throw new TypeError("argument is not a string or Buffer-like object");
    };
    const bounds = (start, end, length) => {
        const clamp = (value, otherwise) =>
            value === undefined ? otherwise : Math.min(Math.max(Math.trunc(Number(value)) || 0, 0), length);
        const from = clamp(start, 0);
        return [from, Math.max(from, clamp(end, length))];
    };
    const order = (a, b) => {
        for (let at = 0; at < a.length && at < b.length; at++) {
            if (a[at] !== b[at]) {
                return a[at] < b[at] ? -1 : 1;
            }
        }
        return Math.sign(a.length - b.length);
    };

    class Buffer extends Uint8Array {
        static from(value, second, third) {
            if (typeof value === "string") {
                return copyOf(rawOf(value, second));
            }
            if (value instanceof ArrayBuffer) {
                return new Buffer(value, second, third);
            }
            if (Array.isArray(value)) {
                return copyOf(value);
            }
            if (ArrayBuffer.isView(value)) {
                return copyOf(value);
            }
            if (typeof value === "object" && value !== null) {
                if (value.type === "Buffer" && Array.isArray(value.data)) {
                    return copyOf(value.data);
                }
                const primitive = value.valueOf();
                if (primitive !== value && primitive !== null && primitive !== undefined) {
                    return Buffer.from(primitive, second, third);
                }
                if (typeof value.length === "number") {
                    const made = Buffer.alloc(value.length);
                    for (let at = 0; at < made.length; at++) {
                        made[at] = value[at];
                    }
                    return made;
                }
            }
            throw new TypeError("first argument is not a string or Buffer-like object");
        }
        static alloc(size, fill, encoding) {
            if (typeof size !== "number" || size < 0) {
                throw new RangeError("invalid size");
            }
            const made = new Buffer(size);
            return fill === undefined ? made : made.fill(fill, 0, size, encoding);
        }
        static allocUnsafe(size) {
            return Buffer.alloc(size);
        }
        static byteLength(value, encoding) {
            return rawOf(value, encoding).length;
        }
        static compare(a, b) {
            return order(bytes.viewOf(a), bytes.viewOf(b));
        }
        static concat(list, total) {
            if (!Array.isArray(list)) {
                throw new TypeError('"list" argument must be an instance of Array');
            }
            const length = total === undefined ? list.reduce((sum, part) => sum + part.length, 0) : total;
            const made = Buffer.alloc(length);
            let at = 0;
            list.forEach((part) => {
                const fits = part.subarray(0, Math.max(0, length - at));
                made.set(fits, at);
                at += fits.length;
            });
            return made;
        }
        static isBuffer(object) {
            return object instanceof Buffer;
        }
        static isEncoding(encoding) {
            return typeof encoding === "string" && bytes.encodings.includes(encoding.toLowerCase());
        }

        compare(target, targetStart, targetEnd, start, end) {
            const [from, to] = bounds(targetStart, targetEnd, target.length);
            const [ownFrom, ownTo] = bounds(start, end, this.length);
            return order(bytes.viewOf(this).subarray(ownFrom, ownTo), bytes.viewOf(target).subarray(from, to));
        }
        copy(target, targetStart, start, end) {
            const at = targetStart === undefined ? 0 : targetStart;
            const [from, to] = bounds(start, end, this.length);
            const part = bytes.viewOf(this).subarray(from, Math.min(to, from + Math.max(0, target.length - at)));
            target.set(part, at);
            return part.length;
        }
        equals(other) {
            return order(this, bytes.viewOf(other)) === 0;
        }
        fill(value, offset, end, encoding) {
            if (typeof offset === "string") {
                [offset, encoding] = [undefined, offset];
            }
            const [from, to] = bounds(offset, end, this.length);
            const raw = typeof value === "string" || bytes.isBinary(value) ? rawOf(value, encoding) : [Number(value) & 255];
            for (let at = from; at < to; at++) {
                this[at] = raw.length === 0 ? 0 : raw[(at - from) % raw.length];
            }
            return this;
        }
        includes(value, offset, encoding) {
            return this.indexOf(value, offset, encoding) !== -1;
        }
        indexOf(value, offset, encoding) {
            return find(this, value, offset, encoding, false);
        }
        lastIndexOf(value, offset, encoding) {
            return find(this, value, offset, encoding, true);
        }
        swap16() {
            return swap(this, 2);
        }
        swap32() {
            return swap(this, 4);
        }
        swap64() {
            return swap(this, 8);
        }
        toJSON() {
            const data = [];
            for (let at = 0; at < this.length; at++) {
                data.push(this[at]);
            }
            return { type: "Buffer", data };
        }
        toString(encoding, start, end) {
            const [from, to] = bounds(start, end, this.length);
            return bytes.encode(bytes.fromArray(bytes.viewOf(this).subarray(from, to)), encoding);
        }
        write(text, offset, length, encoding) {
            if (typeof offset === "string") {
                [offset, length, encoding] = [0, undefined, offset];
            } else if (typeof length === "string") {
                [length, encoding] = [undefined, length];
            }
            const at = offset === undefined ? 0 : offset;
            if (at < 0 || at > this.length) {
                outside();
            }
            const room = Math.min(this.length - at, length === undefined ? Infinity : length);
            let raw = rawOf(text, encoding).subarray(0, room);
            if (bytes.checked(encoding) === "utf8") {
                // No half of a character is written.
                let whole = raw.length;
                while (whole > 0 && whole === room && (rawOf(text, encoding)[whole] & 0xc0) === 0x80) {
                    whole--;
                }
                raw = raw.subarray(0, whole);
            }
            this.set(raw, at);
            return raw.length;
        }
    }
    const copyOf = (list) => {
        const made = new Buffer(list.length);
        for (let at = 0; at < list.length; at++) {
            made[at] = list[at];
        }
        return made;
    };
    const find = (buffer, value, offset, encoding, last) => {
        if (typeof offset === "string") {
            [offset, encoding] = [undefined, offset];
        }
        const wanted = typeof value === "number" ? [value & 255] : rawOf(value, encoding);
        const most = buffer.length - wanted.length;
        let at = offset === undefined ? (last ? most : 0) : Math.trunc(Number(offset)) || 0;
        at = Math.max(at < 0 ? at + buffer.length : at, last ? -1 : 0);
        for (at = last ? Math.min(at, most) : at; last ? at >= 0 : at <= most; at += last ? -1 : 1) {
            let same = 0;
            while (same < wanted.length && buffer[at + same] === wanted[same]) {
                same++;
            }
            if (same === wanted.length) {
                return at;
            }
        }
        return -1;
    };
    const swap = (buffer, size) => {
        if (buffer.length % size !== 0) {
            throw new RangeError("Buffer size must be a multiple of " + size * 8 + "-bits");
        }
        for (let at = 0; at < buffer.length; at += size) {
            buffer.subarray(at, at + size).reverse();
        }
        return buffer;
    };

    // readInt8 … writeDoubleLE
    const define = (name, method) =>
        Object.defineProperty(Buffer.prototype, name, { value: method, writable: true, configurable: true });
    const at = (buffer, offset, size) => {
        const position = offset === undefined ? 0 : offset;
        if (!Number.isInteger(position)) {
            throw new TypeError("offset is not a number");
        }
        if (position < 0 || position + size > buffer.length) {
            outside();
        }
        return buffer.byteOffset + position;
    };
    const fixed = (suffix, type, size, little) => {
        define("read" + suffix, function (offset) {
            return new DataView(this.buffer)["get" + type](at(this, offset, size), little);
        });
        define("write" + suffix, function (value, offset) {
            const position = at(this, offset, size);
            new DataView(this.buffer)["set" + type](position, value, little);
            return position - this.byteOffset + size;
        });
    };
    [["Int8", 1], ["UInt8", 1], ["Int16", 2], ["UInt16", 2], ["Int32", 4], ["UInt32", 4], ["Float", 4], ["Double", 8]]
        .forEach(([name, size]) => {
            const type = { UInt8: "Uint8", UInt16: "Uint16", UInt32: "Uint32", Float: "Float32", Double: "Float64" }[name] || name;
            if (size === 1) {
                fixed(name, type, size, true);
            } else {
                fixed(name + "LE", type, size, true);
                fixed(name + "BE", type, size, false);
            }
        });
    [["Int", true], ["UInt", false]].forEach(([name, signed]) => {
        [["LE", true], ["BE", false]].forEach(([suffix, little]) => {
            const width = (size) => {
                if (!(size >= 1 && size <= 6)) {
                    throw new RangeError("\"byteLength\" is out of range");
                }
                return size;
            };
            define("read" + name + suffix, function (offset, size) {
                const start = at(this, offset, width(size)) - this.byteOffset;
                let value = 0;
                for (let index = 0; index < size; index++) {
                    value = value * 256 + this[start + (little ? size - 1 - index : index)];
                }
                return signed && value >= Math.pow(2, 8 * size - 1) ? value - Math.pow(2, 8 * size) : value;
            });
            define("write" + name + suffix, function (value, offset, size) {
                const start = at(this, offset, width(size)) - this.byteOffset;
                let rest = value < 0 ? value + Math.pow(2, 8 * size) : value;
                for (let index = 0; index < size; index++) {
                    this[start + (little ? index : size - 1 - index)] = rest % 256;
                    rest = Math.floor(rest / 256);
                }
                return start + size;
            });
        });
    });

    class TextEncoder {
        get encoding() {
            return "utf-8";
        }
        encode(text) {
            return bytes.toArray(bytes.encodeUtf8(text === undefined ? "" : String(text)));
        }
        encodeInto(text, target) {
            let read = 0;
            let written = 0;
            text = String(text);
            while (read < text.length) {
                const code = text.codePointAt(read);
                const units = code > 0xffff ? 2 : 1;
                const raw = bytes.encodeUtf8(text.slice(read, read + units));
                if (written + raw.length > target.length) {
                    break;
                }
                target.set(bytes.toArray(raw), written);
                written += raw.length;
                read += units;
            }
            return { read, written };
        }
    }
    class TextDecoder {
        constructor(encoding, options) {
            if (encoding !== undefined && !["utf-8", "utf8"].includes(String(encoding).toLowerCase())) {
                throw new RangeError('The "' + encoding + '" encoding is not supported');
            }
            Object.defineProperty(this, "fatal", { value: !!(options && options.fatal) });
            Object.defineProperty(this, "ignoreBOM", { value: !!(options && options.ignoreBOM) });
        }
        get encoding() {
            return "utf-8";
        }
        decode(data) {
            const text = data === undefined ? "" : bytes.encode(bytes.fromArray(bytes.viewOf(data)), "utf8");
            if (this.fatal && text.includes("\ufffd")) {
                throw new TypeError("The encoded data was not valid");
            }
            return !this.ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
        }
    }
    const atob = (text) => {
        const plain = String(text).replace(/[\t\n\f\r ]/g, "");
        if (/[^A-Za-z0-9+/=]/.test(plain)) {
            throw new TypeError("the string to be decoded is not correctly encoded");
        }
        return bytes.decode(plain, "base64");
    };
    const btoa = (text) => {
        text = String(text);
        for (let at = 0; at < text.length; at++) {
            if (text.charCodeAt(at) > 255) {
                throw new TypeError("invalid character (>= U+00FF)");
            }
        }
        return bytes.encode(text, "base64");
    };
    return { Buffer, TextEncoder, TextDecoder, atob, btoa };
})
