//! One thing that was decided about a request.

use frontgate_aws::Utc;

use crate::{FactKind, Place, PlaceId};

/// A decision: what kind, one number that belongs to it, and the place of the template that it stems from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What was decided.
    pub kind: FactKind,
    /// The number that the kind's sentence names: seconds, a status, a count; 0 where it names none.
    pub value: u32,
    /// Where the user's template says so.
    pub place: PlaceId,
}

impl Fact {
    /// A fact that names no number and no place.
    #[must_use]
    pub const fn of(kind: FactKind) -> Self {
        Self { kind, value: 0, place: PlaceId::NONE }
    }

    /// The same fact with its number.
    #[must_use]
    pub const fn value(mut self, value: u32) -> Self {
        self.value = value;
        self
    }

    /// The same fact with its place.
    #[must_use]
    pub const fn at(mut self, place: PlaceId) -> Self {
        self.place = place;
        self
    }

    /// The sentence of the fact for this request: `{value}` and `{place}` of the kind's sentence filled in,
    /// `{country}` by the two letters that the value is made of, and `{time}` by the moment whose seconds since 1970 it is.
    #[must_use]
    pub fn sentence(self, place: Option<&Place>) -> String {
        let label = match place {
            Some(place) => &place.label,
            None if self.place == PlaceId::ROOT_USER => "the root user of the account",
            None => "CloudFront's default",
        };
        let sentence = self.kind.row().sentence.replace("{place}", label);
        if sentence.contains("{country}") {
            let [.., first, second] = self.value.to_be_bytes();
            return sentence.replace("{country}", &String::from_utf8_lossy(&[first, second]));
        }
        if sentence.contains("{time}") {
            return sentence.replace("{time}", &Utc::of(self.value.into()).iso_8601());
        }
        sentence.replace("{value}", &self.value.to_string())
    }
}

const _: () = assert!(size_of::<Fact>() <= 16, "a fact is at most 16 bytes");

#[cfg(test)]
mod tests {
    use super::Fact;
    use crate::{FactKind, PlaceId};

    #[test]
    fn what_no_template_makes_has_a_name() {
        for (place, expected) in [
            (PlaceId::ROOT_USER, "The request is signed by the root user of the account."),
            (PlaceId::NONE, "The request is signed by CloudFront's default."),
        ] {
            assert_eq!(Fact::of(FactKind::SignatureValid).at(place).sentence(None), expected);
        }
    }
}
