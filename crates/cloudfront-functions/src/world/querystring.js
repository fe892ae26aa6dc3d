// The module querystring.
(function () {
    "use strict";
    const escape = (text) => encodeURIComponent(typeof text === "object" ? String(text) : text);
    const unescape = (text) => {
        try {
            return decodeURIComponent(text);
        } catch (e) {
            // "Invalid UTF-8 sequences are replaced with the U+FFFD replacement character."
            return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
                try {
                    return decodeURIComponent(run);
                } catch (e) {
                    return run.replace(/%[0-9a-fA-F]{2}/g, (one) => {
                        const code = parseInt(one.slice(1), 16);
                        return code < 0x80 ? String.fromCharCode(code) : "\ufffd";
                    });
                }
            });
        }
    };
    const parse = (text, separator, equal, options) => {
        separator = separator || "&";
        equal = equal || "=";
        const decode = options && options.decodeURIComponent || querystring.unescape;
        const most = options && options.maxKeys !== undefined ? options.maxKeys : 1000;
        const parsed = {};
        if (typeof text !== "string" || text === "") {
            return parsed;
        }
        let parts = text.split(separator);
        if (most > 0) {
            parts = parts.slice(0, most);
        }
        parts.forEach((part) => {
            if (part === "") {
                return;
            }
            part = part.replace(/\+/g, " ");
            const at = part.indexOf(equal);
            const name = decode(at < 0 ? part : part.slice(0, at));
            const value = at < 0 ? "" : decode(part.slice(at + equal.length));
            if (!Object.prototype.hasOwnProperty.call(parsed, name)) {
                parsed[name] = value;
            } else if (Array.isArray(parsed[name])) {
                parsed[name].push(value);
            } else {
                parsed[name] = [parsed[name], value];
            }
        });
        return parsed;
    };
    const stringify = (object, separator, equal, options) => {
        separator = separator || "&";
        equal = equal || "=";
        const encode = options && options.encodeURIComponent || querystring.escape;
        const plain = (value) => {
            const is = typeof value;
            return is === "string" || is === "boolean" || is === "number" && isFinite(value) ? String(value) : "";
        };
        if (typeof object !== "object" || object === null) {
            return "";
        }
        const pairs = [];
        Object.keys(object).forEach((name) => {
            const values = Array.isArray(object[name]) ? object[name] : [object[name]];
            values.forEach((value) => pairs.push(encode(name) + equal + encode(plain(value))));
        });
        return pairs.join(separator);
    };
    const querystring = { escape, unescape, parse, decode: parse, stringify, encode: stringify };
    return Object.freeze(querystring);
})
