//! Which Content-Type has the object of a file?
//!
//! A folder holds no metadata, so an object has the type that `aws s3 sync` would have given it: what Python's
//! `mimetypes` guesses by the extension, never with a charset; nothing guessed leaves S3's own default.

use frontgate_aws::Source::{self, Inferred, Recorded};

/// The type of the object with that key.
pub(crate) fn guess(key: &str) -> &'static str {
    let name = key.rsplit('/').next().unwrap_or(key).trim_start_matches('.');
    let Some((stem, extension)) = name.rsplit_once('.') else { return DEFAULT };
    let extension = extension.to_ascii_lowercase();
    match extension.as_str() {
        // An encoding says nothing about the type; the extension before it does.
        "gz" | "bz2" | "xz" | "br" | "z" => {
            stem.rsplit_once('.').map_or(DEFAULT, |(_, inner)| of_extension(&inner.to_ascii_lowercase()))
        }
        "svgz" => of_extension("svg"),
        "taz" | "tbz2" | "tgz" | "txz" | "tz" => of_extension("tar"),
        _ => of_extension(&extension),
    }
}

/// "If you don't specify a content type, the default is binary/octet-stream."
pub(crate) const DEFAULT: &str = "binary/octet-stream";

fn of_extension(extension: &str) -> &'static str {
    TYPES.binary_search_by_key(&extension, |row| row.0).map_or(DEFAULT, |index| TYPES[index].1)
}

const PYTHON: Source =
    Recorded("mimetypes of Python 3.11, with what 3.12 and 3.13 changed: js, mjs, rtf, webp");
const SYSTEM: Source =
    Inferred("not built into Python 3.13; it reads the mime.types of the system, which has it");

/// Extension, type, source; sorted by extension.
const TYPES: &[(&str, &str, Source)] = &[
    ("3g2", "audio/3gpp2", PYTHON),
    ("3gp", "audio/3gpp", PYTHON),
    ("3gpp", "audio/3gpp", PYTHON),
    ("3gpp2", "audio/3gpp2", PYTHON),
    ("7z", "application/x-7z-compressed", SYSTEM),
    ("a", "application/octet-stream", PYTHON),
    ("aac", "audio/aac", PYTHON),
    ("adts", "audio/aac", PYTHON),
    ("ai", "application/postscript", PYTHON),
    ("aif", "audio/x-aiff", PYTHON),
    ("aifc", "audio/x-aiff", PYTHON),
    ("aiff", "audio/x-aiff", PYTHON),
    ("ass", "audio/aac", PYTHON),
    ("atom", "application/atom+xml", SYSTEM),
    ("au", "audio/basic", PYTHON),
    ("avi", "video/x-msvideo", PYTHON),
    ("avif", "image/avif", PYTHON),
    ("bat", "text/plain", PYTHON),
    ("bcpio", "application/x-bcpio", PYTHON),
    ("bin", "application/octet-stream", PYTHON),
    ("bmp", "image/bmp", PYTHON),
    ("c", "text/plain", PYTHON),
    ("cdf", "application/x-netcdf", PYTHON),
    ("cpio", "application/x-cpio", PYTHON),
    ("csh", "application/x-csh", PYTHON),
    ("css", "text/css", PYTHON),
    ("csv", "text/csv", PYTHON),
    ("dll", "application/octet-stream", PYTHON),
    ("doc", "application/msword", PYTHON),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", SYSTEM),
    ("dot", "application/msword", PYTHON),
    ("dvi", "application/x-dvi", PYTHON),
    ("eml", "message/rfc822", PYTHON),
    ("eot", "application/vnd.ms-fontobject", SYSTEM),
    ("eps", "application/postscript", PYTHON),
    ("epub", "application/epub+zip", SYSTEM),
    ("etx", "text/x-setext", PYTHON),
    ("exe", "application/octet-stream", PYTHON),
    ("flac", "audio/flac", SYSTEM),
    ("geojson", "application/geo+json", SYSTEM),
    ("gif", "image/gif", PYTHON),
    ("gtar", "application/x-gtar", PYTHON),
    ("h", "text/plain", PYTHON),
    ("h5", "application/x-hdf5", PYTHON),
    ("hdf", "application/x-hdf", PYTHON),
    ("heic", "image/heic", PYTHON),
    ("heif", "image/heif", PYTHON),
    ("htm", "text/html", PYTHON),
    ("html", "text/html", PYTHON),
    ("ico", "image/vnd.microsoft.icon", PYTHON),
    ("ics", "text/calendar", SYSTEM),
    ("ief", "image/ief", PYTHON),
    ("jar", "application/java-archive", SYSTEM),
    ("jpe", "image/jpeg", PYTHON),
    ("jpeg", "image/jpeg", PYTHON),
    ("jpg", "image/jpeg", PYTHON),
    ("js", "text/javascript", PYTHON),
    ("json", "application/json", PYTHON),
    ("jsonld", "application/ld+json", SYSTEM),
    ("ksh", "text/plain", PYTHON),
    ("latex", "application/x-latex", PYTHON),
    ("loas", "audio/aac", PYTHON),
    ("m1v", "video/mpeg", PYTHON),
    ("m3u", "application/vnd.apple.mpegurl", PYTHON),
    ("m3u8", "application/vnd.apple.mpegurl", PYTHON),
    ("m4a", "audio/mp4", SYSTEM),
    ("man", "application/x-troff-man", PYTHON),
    ("md", "text/markdown", SYSTEM),
    ("me", "application/x-troff-me", PYTHON),
    ("mht", "message/rfc822", PYTHON),
    ("mhtml", "message/rfc822", PYTHON),
    ("mif", "application/x-mif", PYTHON),
    ("mjs", "text/javascript", PYTHON),
    ("mkv", "video/x-matroska", SYSTEM),
    ("mov", "video/quicktime", PYTHON),
    ("movie", "video/x-sgi-movie", PYTHON),
    ("mp2", "audio/mpeg", PYTHON),
    ("mp3", "audio/mpeg", PYTHON),
    ("mp4", "video/mp4", PYTHON),
    ("mpa", "video/mpeg", PYTHON),
    ("mpe", "video/mpeg", PYTHON),
    ("mpeg", "video/mpeg", PYTHON),
    ("mpg", "video/mpeg", PYTHON),
    ("ms", "application/x-troff-ms", PYTHON),
    ("n3", "text/n3", PYTHON),
    ("nc", "application/x-netcdf", PYTHON),
    ("nq", "application/n-quads", PYTHON),
    ("nt", "application/n-triples", PYTHON),
    ("nws", "message/rfc822", PYTHON),
    ("o", "application/octet-stream", PYTHON),
    ("obj", "application/octet-stream", PYTHON),
    ("oda", "application/oda", PYTHON),
    ("ogg", "audio/ogg", SYSTEM),
    ("ogv", "video/ogg", SYSTEM),
    ("opus", "audio/opus", PYTHON),
    ("otf", "font/otf", SYSTEM),
    ("p12", "application/x-pkcs12", PYTHON),
    ("p7c", "application/pkcs7-mime", PYTHON),
    ("pbm", "image/x-portable-bitmap", PYTHON),
    ("pdf", "application/pdf", PYTHON),
    ("pfx", "application/x-pkcs12", PYTHON),
    ("pgm", "image/x-portable-graymap", PYTHON),
    ("pl", "text/plain", PYTHON),
    ("png", "image/png", PYTHON),
    ("pnm", "image/x-portable-anymap", PYTHON),
    ("pot", "application/vnd.ms-powerpoint", PYTHON),
    ("ppa", "application/vnd.ms-powerpoint", PYTHON),
    ("ppm", "image/x-portable-pixmap", PYTHON),
    ("pps", "application/vnd.ms-powerpoint", PYTHON),
    ("ppt", "application/vnd.ms-powerpoint", PYTHON),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", SYSTEM),
    ("ps", "application/postscript", PYTHON),
    ("pwz", "application/vnd.ms-powerpoint", PYTHON),
    ("py", "text/x-python", PYTHON),
    ("pyc", "application/x-python-code", PYTHON),
    ("pyo", "application/x-python-code", PYTHON),
    ("qt", "video/quicktime", PYTHON),
    ("ra", "audio/x-pn-realaudio", PYTHON),
    ("ram", "application/x-pn-realaudio", PYTHON),
    ("ras", "image/x-cmu-raster", PYTHON),
    ("rdf", "application/xml", PYTHON),
    ("rgb", "image/x-rgb", PYTHON),
    ("roff", "application/x-troff", PYTHON),
    ("rss", "application/rss+xml", SYSTEM),
    ("rtf", "application/rtf", PYTHON),
    ("rtx", "text/richtext", PYTHON),
    ("sgm", "text/x-sgml", PYTHON),
    ("sgml", "text/x-sgml", PYTHON),
    ("sh", "application/x-sh", PYTHON),
    ("shar", "application/x-shar", PYTHON),
    ("snd", "audio/basic", PYTHON),
    ("so", "application/octet-stream", PYTHON),
    ("src", "application/x-wais-source", PYTHON),
    ("srt", "text/plain", PYTHON),
    ("sv4cpio", "application/x-sv4cpio", PYTHON),
    ("sv4crc", "application/x-sv4crc", PYTHON),
    ("svg", "image/svg+xml", PYTHON),
    ("swf", "application/x-shockwave-flash", PYTHON),
    ("t", "application/x-troff", PYTHON),
    ("tar", "application/x-tar", PYTHON),
    ("tcl", "application/x-tcl", PYTHON),
    ("tex", "application/x-tex", PYTHON),
    ("texi", "application/x-texinfo", PYTHON),
    ("texinfo", "application/x-texinfo", PYTHON),
    ("tif", "image/tiff", PYTHON),
    ("tiff", "image/tiff", PYTHON),
    ("tr", "application/x-troff", PYTHON),
    ("trig", "application/trig", PYTHON),
    ("tsv", "text/tab-separated-values", PYTHON),
    ("ttf", "font/ttf", SYSTEM),
    ("txt", "text/plain", PYTHON),
    ("ustar", "application/x-ustar", PYTHON),
    ("vcf", "text/x-vcard", PYTHON),
    ("vtt", "text/vtt", PYTHON),
    ("wasm", "application/wasm", PYTHON),
    ("wav", "audio/x-wav", PYTHON),
    ("weba", "audio/webm", SYSTEM),
    ("webm", "video/webm", PYTHON),
    ("webmanifest", "application/manifest+json", PYTHON),
    ("webp", "image/webp", PYTHON),
    ("wiz", "application/msword", PYTHON),
    ("woff", "font/woff", SYSTEM),
    ("woff2", "font/woff2", SYSTEM),
    ("wsdl", "application/xml", PYTHON),
    ("xbm", "image/x-xbitmap", PYTHON),
    ("xhtml", "application/xhtml+xml", SYSTEM),
    ("xlb", "application/vnd.ms-excel", PYTHON),
    ("xls", "application/vnd.ms-excel", PYTHON),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", SYSTEM),
    ("xml", "text/xml", PYTHON),
    ("xpdl", "application/xml", PYTHON),
    ("xpm", "image/x-xpixmap", PYTHON),
    ("xsl", "application/xml", PYTHON),
    ("xwd", "image/x-xwindowdump", PYTHON),
    ("zip", "application/zip", PYTHON),
];

#[cfg(test)]
mod tests {
    use super::{TYPES, guess};

    #[test]
    fn types() {
        assert!(TYPES.is_sorted_by_key(|row| row.0));
        for (key, expected) in [
            ("index.html", "text/html"),
            ("a/b.CSS", "text/css"),
            ("app.js", "text/javascript"),
            ("logo.svg", "image/svg+xml"),
            ("logo.svgz", "image/svg+xml"),
            ("a.tar.gz", "application/x-tar"),
            ("a.gz", "binary/octet-stream"),
            ("data.json", "application/json"),
            ("data.json.br", "application/json"),
            ("app.js.map", "binary/octet-stream"),
            ("README", "binary/octet-stream"),
            (".html", "binary/octet-stream"),
            ("a.html/b", "binary/octet-stream"),
            ("font.woff2", "font/woff2"),
            ("x.", "binary/octet-stream"),
        ] {
            assert_eq!(guess(key), expected, "{key}");
        }
    }
}
