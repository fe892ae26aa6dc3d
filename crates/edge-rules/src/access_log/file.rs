//! What are the files of standard logs called?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html>:
//! `PREFIX/DISTRIBUTION-ID.YYYY-MM-DD-HH.UNIQUE-ID.gz`, the hour in which the requests occurred.

use frontgate_aws::Utc;

/// The prefix with the slash that CloudFront appends where it has none; an empty one stays empty.
#[must_use]
pub fn file_prefix(prefix: &str) -> String {
    match prefix {
        "" => String::new(),
        ended if ended.ends_with('/') => ended.to_owned(),
        open => format!("{open}/"),
    }
}

/// Whether CloudFront takes the prefix, and a folder can hold files of that name.
#[must_use]
pub fn is_valid_prefix(prefix: &str) -> bool {
    let names = prefix.strip_suffix('/').unwrap_or(prefix);
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('\0');
    prefix.len() <= PREFIX_LENGTH_MAX && (prefix.is_empty() || names.split('/').all(is_name))
}

/// The name of the file for an entry, up to the unique id: `DISTRIBUTION-ID.YYYY-MM-DD-HH.`
#[must_use]
pub fn name_start(distribution_id: &str, ended_milliseconds: u64) -> String {
    let Utc { year, month, day, hour, .. } = Utc::of(ended_milliseconds / 1000);
    format!("{distribution_id}.{year:04}-{month:02}-{day:02}-{hour:02}.")
}

/// Characters of a prefix, as the API reference of `LoggingConfig` has it.
pub const PREFIX_LENGTH_MAX: usize = 256;
