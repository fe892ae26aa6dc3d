//! A policy document, compiled: every pattern, address and date is parsed once, when the policy is read.
//!
//! Authority: IAM user guide, *IAM JSON policy elements reference* (`reference_policies_elements`).

use crate::condition::Condition;
use crate::pattern::{ArnPattern, Pattern};
use crate::principal::Principals;

/// A policy: statements that allow and deny.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The `Id` of the document.
    pub id: Option<Box<str>>,
    /// The statements in order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The `Sid` of the statement.
    pub sid: Option<Box<str>>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// `None` in policies of an identity, which concern whoever they are attached to.
    pub(crate) principal: Option<Element<Principals>>,
    pub(crate) action: Element<Vec<Pattern>>,
    /// `None` in trust policies, which concern the role that they belong to.
    pub(crate) resource: Option<Element<Vec<ArnPattern>>>,
    pub(crate) conditions: Vec<Condition>,
}

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`, `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element<T> {
    /// Whether it is the `Not…` form: all but the listed.
    pub(crate) all_but: bool,
    pub(crate) listed: T,
}

impl Policy {
    /// A policy of these statements.
    #[must_use]
    pub fn of(statements: Vec<Statement>) -> Self {
        Self { id: None, statements }
    }
}
