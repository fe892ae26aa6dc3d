// What a function finds in its world: ECMAScript 5.1 and the names that the pages of the two runtimes list. Everything
// else that the engine has is taken away.
(function (version2) {
    "use strict";
    const words = (text) => text.split(/\s+/).filter((word) => word !== "");
    const typed = "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array " +
        "Float32Array Float64Array";
    const errors = "Error EvalError InternalError RangeError ReferenceError SyntaxError TypeError URIError";
    const global = words(errors + " " + typed + " Array ArrayBuffer Boolean Date Function Infinity JSON Math NaN " +
        "Number Object Promise RegExp String decodeURI decodeURIComponent encodeURI encodeURIComponent eval " +
        "globalThis isFinite isNaN parseFloat parseInt undefined" + (version2 ? " DataView Symbol" : ""));
    const own = {
        Array: "isArray of",
        ArrayBuffer: "isView",
        Date: "UTC now parse",
        Number: "EPSILON MAX_SAFE_INTEGER MAX_VALUE MIN_SAFE_INTEGER MIN_VALUE NEGATIVE_INFINITY NaN " +
            "POSITIVE_INFINITY isFinite isInteger isNaN isSafeInteger parseFloat parseInt",
        Object: "assign create defineProperties defineProperty entries freeze getOwnPropertyDescriptor " +
            "getOwnPropertyDescriptors getOwnPropertyNames getPrototypeOf is isExtensible isFrozen isSealed keys " +
            "preventExtensions seal setPrototypeOf values" + (version2 ? " getOwnPropertySymbols" : ""),
        Promise: "reject resolve" + (version2 ? " all allSettled any race" : ""),
        RegExp: "",
        String: "fromCharCode fromCodePoint",
        Symbol: "for keyFor asyncIterator hasInstance isConcatSpreadable iterator match matchAll replace search " +
            "species split toPrimitive toStringTag unscopables",
        Error: "",
    };
    const shared = {
        Array: "concat copyWithin every fill filter find findIndex forEach includes indexOf join lastIndexOf map pop " +
            "push reduce reduceRight reverse shift slice some sort splice toLocaleString toString unshift",
        ArrayBuffer: "byteLength slice",
        Number: "toExponential toFixed toLocaleString toPrecision toString valueOf",
        Object: "__proto__ hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf",
        Function: "apply bind call length name toString",
        Promise: "catch finally then",
        // The engine itself reads the flags by these names.
        RegExp: "dotAll exec flags global hasIndices ignoreCase multiline source sticky test toString unicode unicodeSets",
        String: "charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf length localeCompare match " +
            "padEnd padStart repeat replace search slice split startsWith substr substring toLocaleLowerCase " +
            "toLocaleUpperCase toLowerCase toString toUpperCase trim trimEnd trimStart valueOf" +
            (version2 ? " replaceAll" : ""),
    };
    const typedShared = "buffer byteLength byteOffset copyWithin fill join length set slice subarray toString" +
        (version2 ? " every filter find findIndex forEach includes indexOf lastIndexOf map reduce reduceRight " +
            "reverse some sort" : "");

    const keep = (object, names) => {
        for (const name of Object.getOwnPropertyNames(object)) {
            if (!names.includes(name) && Object.getOwnPropertyDescriptor(object, name).configurable) {
                delete object[name];
            }
        }
    };
    const always = ["constructor", "length", "name", "prototype"];
    for (const [name, names] of Object.entries(own)) {
        keep(globalThis[name], words(names).concat(always));
    }
    for (const [name, names] of Object.entries(shared)) {
        keep(globalThis[name].prototype, words(names).concat("constructor"));
    }
    const typedArray = Object.getPrototypeOf(Uint8Array);
    keep(typedArray, (version2 ? ["from", "of"] : []).concat(always));
    keep(typedArray.prototype, words(typedShared).concat("constructor"));

    // "Both eval() and Function constructors throw an error if attempted."
    const refusing = (prototype) => {
        const constructor = function Function() {
            throw new TypeError('function constructor is disabled in "safe" mode');
        };
        Object.defineProperty(constructor, "prototype", { value: prototype });
        Object.defineProperty(prototype, "constructor", { value: constructor, writable: true, configurable: true });
        return constructor;
    };
    globalThis.Function = refusing(Function.prototype);
    refusing(Object.getPrototypeOf(async function () {}));
    refusing(Object.getPrototypeOf(function* () {}));
    refusing(Object.getPrototypeOf(async function* () {}));
    globalThis.eval = function () {
        throw new InternalError("Not implemented");
    };
    if (!version2) {
        globalThis.MemoryError = class MemoryError extends InternalError {};
        global.push("MemoryError");
    }
    keep(globalThis, global);
})
