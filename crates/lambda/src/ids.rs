//! Identifiers that nobody can foresee: of invocations, traces and log streams.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A UUID of version 4.
pub(crate) fn uuid() -> String {
    let (high, low) = (random(), random());
    let high = high & 0xffff_ffff_ffff_0fff | 0x4000;
    let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// An X-Ray trace header of a trace that nobody samples.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html>
pub(crate) fn trace_id(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (root, parent) = (random(), random());
    format!("Root=1-{seconds:08x}-{root:016x}{:08x};Parent={parent:016x};Sampled=0", random() >> 32)
}

/// 32 hexadecimal digits.
pub(crate) fn hexadecimal() -> String {
    format!("{:016x}{:016x}", random(), random())
}

/// A count hashed under a key that the standard library drew from the system's randomness.
fn random() -> u64 {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut hasher = KEY.build_hasher();
    hasher.write_u64(COUNT.fetch_add(1, Ordering::Relaxed));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_aws_shapes() {
        let (one, other) = (uuid(), uuid());
        assert_ne!(one, other);
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'4'));
        assert!("89ab".contains(char::from(one.as_bytes()[19])), "{one}");
        let trace = trace_id(UNIX_EPOCH);
        assert!(trace.starts_with("Root=1-00000000-") && trace.ends_with(";Sampled=0"), "{trace}");
        assert_eq!(
            trace.len(),
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0".len()
        );
    }
}
