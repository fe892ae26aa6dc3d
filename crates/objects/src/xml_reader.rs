//! The XML that clients send to S3: a tree of elements, read strictly and within limits.
//!
//! Authority: Amazon S3 API reference, *CompleteMultipartUpload* and *DeleteObjects*: elements and texts, no more.

use crate::error::{Code, S3Error};

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its name, without a prefix.
    pub(crate) name: String,
    /// Its text, with entities resolved.
    pub(crate) text: String,
    /// The elements in it.
    pub(crate) children: Vec<Self>,
}

impl Element {
    /// The root element of a document.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, S3Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
        let reader = Reader { rest: text.trim_start_matches('\u{feff}'), elements_left: ELEMENTS_MAX };
        reader.document().ok_or_else(malformed)
    }

    /// The text of the first child of that name.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.children.iter().find(|child| child.name == name).map(|child| child.text.trim())
    }

    /// The children of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

pub(crate) fn malformed() -> S3Error {
    S3Error::of(Code::MalformedXML)
}

struct Reader<'a> {
    rest: &'a str,
    elements_left: usize,
}

impl<'a> Reader<'a> {
    fn document(mut self) -> Option<Element> {
        self.skip_misc()?;
        let root = self.element(0)?;
        self.skip_misc()?;
        self.rest.is_empty().then_some(root)
    }

    /// White space, the declaration and comments.
    fn skip_misc(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with("<?") {
                self.until("?>")?;
            } else if self.rest.starts_with("<!--") {
                self.until("-->")?;
            } else {
                return Some(());
            }
        }
    }

    fn until(&mut self, end: &str) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(taken)
    }

    fn element(&mut self, depth: usize) -> Option<Element> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.elements_left = self.elements_left.checked_sub(1)?;
        self.rest = self.rest.strip_prefix('<')?;
        let tag = self.until(">")?;
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let qualified = tag.split(|character: char| character.is_ascii_whitespace()).next()?;
        let name = qualified.rsplit(':').next()?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        {
            return None;
        }
        let mut element = Element { name: name.to_owned(), ..Element::default() };
        if is_empty {
            return Some(element);
        }
        loop {
            let at = self.rest.find('<')?;
            let (text, rest) = self.rest.split_at(at);
            push_unescaped(&mut element.text, text)?;
            self.rest = rest;
            if let Some(rest) = self.rest.strip_prefix("</") {
                self.rest = rest;
                let end = self.until(">")?;
                return (end.trim_end() == qualified).then_some(element);
            }
            if self.rest.starts_with("<!--") {
                self.until("-->")?;
            } else {
                element.children.push(self.element(depth + 1)?);
            }
        }
    }
}

fn push_unescaped(out: &mut String, mut text: &str) -> Option<()> {
    while let Some((before, rest)) = text.split_once('&') {
        out.push_str(before);
        let (entity, rest) = rest.split_once(';')?;
        out.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            other => {
                let number = other.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(number) => u32::from_str_radix(number, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        });
        text = rest;
    }
    out.push_str(text);
    Some(())
}

/// How many elements a document may have: a list of 10,000 parts, each with every checksum that there is, has fewer.
const ELEMENTS_MAX: usize = 100_000;
/// How deep elements may stand in each other.
const DEPTH_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn elements_are_read_and_everything_else_is_refused() {
        let text = "<?xml version=\"1.0\"?>\n<!-- a --><Root xmlns=\"x\"><Part><N>1</N><E>&quot;a&#x26;&amp;b&quot;</E></Part>\
                    <Part><N> 2 </N><E/></Part></Root>\n";
        let root = Element::parse(text.as_bytes()).expect("a document");
        let parts: Vec<_> = root.all("Part").map(|part| (part.text_of("N"), part.text_of("E"))).collect();
        assert_eq!(parts, [(Some("1"), Some("\"a&&b\"")), (Some("2"), Some(""))]);
        let many = format!("<a>{}</a>", "<b/>".repeat(super::ELEMENTS_MAX));
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        for text in [
            "",
            "<",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "x<a/>",
            "<a>&nbsp;</a>",
            "<a>&#xd800;</a>",
            "<a>&</a>",
            "< a/>",
            "<!DOCTYPE a><a/>",
            "<a><![CDATA[x]]></a>",
            &deep,
            &many,
            "\u{1}",
        ] {
            assert!(Element::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Element::parse(b"\xff").is_err());
    }
}
