//! How AWS ends the sentence that somebody is not authorized.
//!
//! Authority: IAM user guide, *Troubleshoot access denied error messages* (`troubleshoot_access-denied`).

use frontgate_aws::Source;

use crate::evaluate::Outcome;
use crate::identity::{Basis, Judgement};

impl Judgement {
    /// What stands behind `… is not authorized to perform: ACTION on resource: …`; empty for what is allowed.
    #[must_use]
    pub fn because(&self, action: &str) -> String {
        let row = ENDS.iter().find(|row| (row.0, row.1) == (self.outcome, self.basis));
        row.map_or_else(String::new, |row| row.2.replace("{action}", action))
    }
}

const DOCUMENTED: Source = Source::Documented("troubleshoot_access-denied");

/// By what was decided and whose policy decided.
const ENDS: &[(Outcome, Basis, &str, Source)] = &[
    (Outcome::ExplicitDeny, Basis::Boundary, " with an explicit deny in a permissions boundary", DOCUMENTED),
    (
        Outcome::ExplicitDeny,
        Basis::Identity,
        " with an explicit deny in an identity-based policy",
        DOCUMENTED,
    ),
    (Outcome::ExplicitDeny, Basis::Resource, " with an explicit deny in a resource-based policy", DOCUMENTED),
    (
        Outcome::ImplicitDeny,
        Basis::Boundary,
        " because no permissions boundary allows the {action} action",
        DOCUMENTED,
    ),
    (
        Outcome::ImplicitDeny,
        Basis::Identity,
        " because no identity-based policy allows the {action} action",
        DOCUMENTED,
    ),
    (
        Outcome::ImplicitDeny,
        Basis::Resource,
        " because no resource-based policy allows the {action} action",
        DOCUMENTED,
    ),
];

#[cfg(test)]
mod tests {
    use frontgate_explain::PlaceId;

    use crate::{Basis, Judgement, Outcome};

    #[test]
    fn the_end_names_the_kind_of_policy() {
        let ends =
            |outcome, basis| Judgement { outcome, basis, place: PlaceId::NONE }.because("s3:GetObject");
        assert_eq!(
            ends(Outcome::ImplicitDeny, Basis::Identity),
            " because no identity-based policy allows the s3:GetObject action"
        );
        assert_eq!(
            ends(Outcome::ExplicitDeny, Basis::Resource),
            " with an explicit deny in a resource-based policy"
        );
        assert_eq!(ends(Outcome::Allow, Basis::Identity), "");
    }
}
