//! The values of record sets as Route 53 writes them.
//!
//! <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html>. What is wrong is told in Route 53's
//! words where they are known: those of addresses, names and texts are recorded, the others are formed after them.

use frontgate_snapshot::{RecordData, RecordType};

/// The value of one record.
///
/// # Errors
/// What Route 53 says about it, such as `FATAL problem: ARRDATAIllegalIPv4Address (…) encountered with 'x'`.
pub fn value(kind: RecordType, text: &str) -> Result<RecordData, String> {
    let fatal = |code: &str, words: &str| fatal(code, words, text);
    let fields: Vec<&str> = text.split_whitespace().collect();
    match kind {
        RecordType::A => text
            .parse()
            .map(RecordData::A)
            .map_err(|_| fatal("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address")),
        RecordType::Aaaa => text
            .parse()
            .map(RecordData::Aaaa)
            .map_err(|_| fatal("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address")),
        RecordType::Cname => Ok(RecordData::Cname(name(text)?)),
        RecordType::Ns => Ok(RecordData::Ns(name(text)?)),
        RecordType::Txt => Ok(RecordData::Txt(strings(text)?)),
        RecordType::Mx => match fields.as_slice() {
            [preference, host] => {
                Ok(RecordData::Mx { preference: number(preference, text)?, host: name(host)? })
            }
            _ => Err(fatal("MXRRDATANotTwoFields", "MX record doesn't have 2 fields")),
        },
        RecordType::Srv => match fields.as_slice() {
            [priority, weight, port, host] => Ok(RecordData::Srv {
                priority: number(priority, text)?,
                weight: number(weight, text)?,
                port: number(port, text)?,
                host: name(host)?,
            }),
            _ => Err(fatal("SRVRRDATANotFourFields", "SRV record doesn't have 4 fields")),
        },
        RecordType::Caa => caa(text),
        RecordType::Soa => match fields.as_slice() {
            [primary, mailbox, rest @ ..] if rest.len() == 5 => {
                let mut numbers = [0; 5];
                for (slot, field) in numbers.iter_mut().zip(rest) {
                    *slot = number(field, text)?;
                }
                Ok(RecordData::Soa { primary: name(primary)?, mailbox: name(mailbox)?, numbers })
            }
            _ => Err(fatal("SOARRDATANotSevenFields", "SOA record doesn't have 7 fields")),
        },
    }
}

/// A domain name in lower case, without its last dot; `\052` is an asterisk.
///
/// # Errors
/// What Route 53 says about it.
pub fn name(text: &str) -> Result<Box<str>, String> {
    let name = text.strip_suffix('.').unwrap_or(text).replace("\\052", "*").to_ascii_lowercase();
    let fatal = |code: &str, words: &str| Err(fatal(code, words, text));
    if name.is_empty() {
        return fatal("DomainNameEmpty", "Domain name is empty");
    }
    if name.len() > NAME_LENGTH_MAX {
        return fatal("DomainNameTooLong", "Domain name is too long");
    }
    for label in name.split('.') {
        if label.is_empty() {
            return fatal("DomainLabelEmpty", "Domain label is empty");
        }
        if label.len() > LABEL_LENGTH_MAX {
            return fatal("DomainLabelTooLong", "Domain label is too long");
        }
        if !label.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return fatal("UnsupportedCharacter", "Value contains unsupported characters");
        }
    }
    Ok(name.into())
}

fn caa(text: &str) -> Result<RecordData, String> {
    let wrong = || fatal("CAARRDATANotThreeFields", "CAA record doesn't have 3 fields", text);
    let (flags, rest) = text.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
    let (tag, value) = rest.trim_start().split_once(char::is_whitespace).ok_or_else(wrong)?;
    let [value] = <[_; 1]>::try_from(strings(value.trim())?).map_err(|_| wrong())?;
    let value = String::from_utf8(value.into_vec()).map_err(|_| wrong())?;
    let is_tag = tag.len() <= 15 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_tag {
        return Err(fatal("CAARRDATAIllegalTag", "CAA tag is not valid", text));
    }
    Ok(RecordData::Caa {
        flags: number(flags, text)?,
        tag: tag.to_ascii_lowercase().into(),
        value: value.into(),
    })
}

/// Strings in quotation marks; `\"`, `\\` and `\nnn` (octal) stand for single bytes.
fn strings(text: &str) -> Result<Vec<Box<[u8]>>, String> {
    let unquoted = || fatal("InvalidCharacterString", "Value should be enclosed in quotation marks", text);
    let mut strings: Vec<Box<[u8]>> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let inside = rest.strip_prefix('"').ok_or_else(unquoted)?;
        let (string, length) = quoted(inside).ok_or_else(unquoted)?;
        if string.len() > STRING_LENGTH_MAX {
            return Err(fatal("CharacterStringTooLong", "String is too long", text));
        }
        strings.push(string.into());
        rest = inside[length..].trim_start();
    }
    if strings.is_empty() { Err(unquoted()) } else { Ok(strings) }
}

/// The string up to its closing quotation mark, and the length of both.
fn quoted(text: &str) -> Option<(Vec<u8>, usize)> {
    let bytes = text.as_bytes();
    let mut string = Vec::new();
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some((string, at + 1)),
            b'\\' => {
                let octal = bytes
                    .get(at + 1..at + 4)
                    .filter(|digits| digits.iter().all(u8::is_ascii_digit))
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                if let Some(byte) = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
                    string.push(byte);
                    at += 4;
                } else {
                    string.push(*bytes.get(at + 1)?);
                    at += 2;
                }
            }
            byte => {
                string.push(byte);
                at += 1;
            }
        }
    }
}

fn number<T: std::str::FromStr>(field: &str, text: &str) -> Result<T, String> {
    field.parse().map_err(|_| fatal("IllegalNumber", "Value is not a valid number", text))
}

fn fatal(code: &str, words: &str, text: &str) -> String {
    format!("FATAL problem: {code} ({words}) encountered with '{text}'")
}

/// RFC 1035 §2.3.4, in presentation form.
const NAME_LENGTH_MAX: usize = 253;
const LABEL_LENGTH_MAX: usize = 63;
const STRING_LENGTH_MAX: usize = 255;

#[cfg(test)]
mod tests {
    use frontgate_snapshot::{RecordData, RecordType};

    use super::{name, value};

    #[test]
    fn values_of_each_type() {
        let rows = [
            (RecordType::A, "192.0.2.1", RecordData::A([192, 0, 2, 1].into())),
            (RecordType::Aaaa, "2001:db8::1", RecordData::Aaaa("2001:db8::1".parse().expect("an address"))),
            (RecordType::Cname, "WWW.example.com.", RecordData::Cname("www.example.com".into())),
            (
                RecordType::Mx,
                "10 mail.example.com",
                RecordData::Mx { preference: 10, host: "mail.example.com".into() },
            ),
            (
                RecordType::Srv,
                "1 2 5060 sip.example.com.",
                RecordData::Srv { priority: 1, weight: 2, port: 5060, host: "sip.example.com".into() },
            ),
            (
                RecordType::Caa,
                "0 issue \"amazon.com; x\"",
                RecordData::Caa { flags: 0, tag: "issue".into(), value: "amazon.com; x".into() },
            ),
            (
                RecordType::Txt,
                "\"a \\\"b\\\"\" \"\\303\\251\"",
                RecordData::Txt(vec![b"a \"b\"".as_slice().into(), "é".as_bytes().into()]),
            ),
            (
                RecordType::Soa,
                "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",
                RecordData::Soa {
                    primary: "ns-1.awsdns-00.com".into(),
                    mailbox: "awsdns-hostmaster.amazon.com".into(),
                    numbers: [1, 7200, 900, 1_209_600, 86400],
                },
            ),
        ];
        for (kind, text, expected) in rows {
            assert_eq!(value(kind, text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_route_53_says_about_other_values() {
        let long = format!("\"{}\"", "x".repeat(256));
        let rows = [
            (
                RecordType::A,
                "www.example.com",
                "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)",
            ),
            (RecordType::Aaaa, "192.0.2.1", "AAAARRDATAIllegalIPv6Address"),
            (RecordType::Cname, "", "DomainNameEmpty (Domain name is empty) encountered with ''"),
            (RecordType::Cname, "a..b", "DomainLabelEmpty"),
            (RecordType::Ns, "a b", "UnsupportedCharacter"),
            (RecordType::Mx, "mail.example.com", "MXRRDATANotTwoFields"),
            (RecordType::Mx, "x mail.example.com", "IllegalNumber"),
            (RecordType::Srv, "1 2 70000 a", "IllegalNumber"),
            (RecordType::Soa, "a b 1", "SOARRDATANotSevenFields"),
            (
                RecordType::Txt,
                "plain",
                "InvalidCharacterString (Value should be enclosed in quotation marks)",
            ),
            (RecordType::Txt, "\"open", "InvalidCharacterString"),
            (RecordType::Txt, "\"open\\", "InvalidCharacterString"),
            (RecordType::Txt, "", "InvalidCharacterString"),
            (RecordType::Txt, &long, "CharacterStringTooLong"),
            (RecordType::Caa, "0 issue", "CAARRDATANotThreeFields"),
            (RecordType::Caa, "0 is-sue \"x\"", "CAARRDATAIllegalTag"),
            (RecordType::Caa, "256 issue \"x\"", "IllegalNumber"),
        ];
        for (kind, text, part) in rows {
            let told = value(kind, text).expect_err(text);
            assert!(told.contains(part) && told.starts_with("FATAL problem: "), "{text}: {told}");
        }
        assert_eq!(name("\\052.Example.com."), Ok("*.example.com".into()));
    }
}
