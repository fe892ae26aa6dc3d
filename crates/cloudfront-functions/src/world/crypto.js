// The module crypto: hashes and HMAC.
(function (natives, bytes, binary) {
    "use strict";
    const algorithms = ["md5", "sha1", "sha256"];
    const dataOf = (data) => {
        if (typeof data === "string") {
            return bytes.encodeUtf8(data);
        }
        if (bytes.isBinary(data)) {
            return bytes.fromArray(bytes.viewOf(data));
        }
        throw new TypeError("data is not a string or Buffer-like object");
    };
    const make = (algorithm, key) => {
        if (typeof algorithm !== "string") {
            throw new TypeError("algorithm must be a string");
        }
        if (!algorithms.includes(algorithm)) {
            throw new TypeError('not supported algorithm: "' + algorithm + '"');
        }
        let collected = "";
        let done = false;
        const hash = Object.create(null);
        hash.update = function (data, encoding) {
            if (done) {
                throw new Error("Digest already called");
            }
            collected += typeof data === "string" && encoding !== undefined
                ? bytes.decode(data, encoding)
                : dataOf(data);
            return hash;
        };
        hash.digest = function (encoding) {
            if (done) {
                throw new Error("Digest already called");
            }
            if (encoding !== undefined && !["hex", "base64", "base64url"].includes(encoding)) {
                throw new TypeError('Unknown digest encoding: "' + encoding + '"');
            }
            done = true;
            const digest = natives.hash(algorithm, collected, key);
            return encoding === undefined ? binary(digest) : bytes.encode(digest, encoding);
        };
        return hash;
    };
    return Object.freeze({
        createHash: (algorithm) => make(algorithm, undefined),
        createHmac: (algorithm, key) => make(algorithm, dataOf(key)),
    });
})
