// Puts the world of a function together and calls it.
(function (natives, version2, parts) {
    "use strict";
    const bytes = parts.bytes(natives);
    const define = (name, value) =>
        Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });

    // What belongs to one call.
    let now = 0;
    let edgeLocation;
    let origin;

    // "Date always returns the same value: the function's start time."
    const RealDate = Date;
    const FrozenDate = function Date(...parts) {
        if (new.target === undefined) {
            return new RealDate(now).toString();
        }
        const made = parts.length === 0 ? new RealDate(now) : new RealDate(...parts);
        return new.target === FrozenDate ? made : Object.setPrototypeOf(made, new.target.prototype);
    };
    FrozenDate.UTC = RealDate.UTC;
    FrozenDate.parse = RealDate.parse;
    FrozenDate.now = () => now;
    FrozenDate.prototype = RealDate.prototype;
    RealDate.prototype.constructor = FrozenDate;
    define("Date", FrozenDate);
    Math.random = natives.random;

    const shown = (value, depth) => {
        if (typeof value === "string") {
            return depth === 0 ? value : "'" + value + "'";
        }
        if (typeof value === "function") {
            return "[Function" + (value.name ? ": " + value.name : "") + "]";
        }
        if (typeof value !== "object" || value === null) {
            return String(value);
        }
        if (value instanceof Error || value instanceof RegExp || value instanceof RealDate) {
            return String(value);
        }
        if (depth > 8) {
            return Array.isArray(value) ? "[Array]" : "[Object]";
        }
        if (Array.isArray(value)) {
            return "[" + value.map((item) => shown(item, depth + 1)).join(",") + "]";
        }
        if (value instanceof Promise) {
            return "Promise {}";
        }
        return "{" + Object.keys(value).map((name) => name + ":" + shown(value[name], depth + 1)).join(",") + "}";
    };
    // "CloudFront Functions doesn't support comma syntax": the first value is logged.
    define("console", Object.freeze({
        log: (value) => {
            natives.log(shown(value, 0));
        },
    }));

    const store = (id) => {
        const own = natives.store();
        if (own === undefined || own === null) {
            throw new Error("KeyValueStore is not associated with the function");
        }
        if (id !== undefined && id !== own) {
            throw new Error('KeyValueStore "' + id + '" is not associated with the function');
        }
        const text = (key) => {
            if (typeof key !== "string") {
                throw new TypeError("key must be a string");
            }
            return natives.storeGet(key);
        };
        return Object.freeze({
            get: async (key, options) => {
                const value = text(key);
                if (value === undefined || value === null) {
                    throw new Error("KeyNotFound");
                }
                const format = options === undefined || options.format === undefined ? "string" : options.format;
                if (format === "string") {
                    return value;
                }
                if (format === "json") {
                    return JSON.parse(value);
                }
                if (format === "bytes") {
                    return parts.made.Buffer.from(value);
                }
                throw new TypeError('format "' + format + '" is not supported');
            },
            exists: async (key) => {
                const value = text(key);
                return value !== undefined && value !== null;
            },
            meta: async () => JSON.parse(natives.storeMeta()),
        });
    };
    const changeOrigin = (name, change) => {
        if (edgeLocation === undefined) {
            throw new Error(name + " can be called by viewer-request functions only");
        }
        origin = JSON.stringify(change);
    };
    const absent = (name) => () => {
        throw new Error("cf." + name + " is not implemented by frontgate");
    };
    const cf = Object.freeze({
        kvs: store,
        get edgeLocation() {
            return edgeLocation === undefined ? {} : edgeLocation;
        },
        updateRequestOrigin: (update) => changeOrigin("updateRequestOrigin", { update }),
        selectRequestOriginById: (select, overrides) =>
            changeOrigin("selectRequestOriginById", { select, overrides }),
        createRequestOriginGroup: (group) => changeOrigin("createRequestOriginGroup", { group }),
        get cwt() {
            return absent("cwt")();
        },
    });

    // A part that the code does not speak of is not there.
    parts.made = parts.buffer ? parts.buffer(bytes) : {};
    if (parts.strings) {
        parts.strings(bytes);
    }
    const binary = version2 ? (digest) => parts.made.Buffer.from(bytes.toArray(digest)) : (digest) => digest;
    const modules = Object.create(null);
    if (parts.crypto) {
        modules.crypto = parts.crypto(natives, bytes, binary);
    }
    if (parts.querystring) {
        modules.querystring = parts.querystring();
    }
    if (version2) {
        modules.buffer = parts.made;
        modules.cloudfront = cf;
        Object.keys(parts.made).forEach((name) => define(name, parts.made[name]));
    }
    const require = (name) => {
        const found = modules[name];
        if (found === undefined) {
            throw new Error('Cannot find module "' + name + '"');
        }
        return found;
    };
    define("require", require);

    const call = (factory, event, rawQuery, start, location) => {
        now = start;
        origin = undefined;
        edgeLocation = location;
        if (version2 && typeof event.request === "object" && event.request !== null) {
            Object.defineProperty(event.request, "rawQueryString", { value: () => rawQuery });
        }
        return factory(require)(event);
    };
    return { call, origin: () => origin };
})
