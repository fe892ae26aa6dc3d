//! Where in the user's template something stands.

use std::sync::Arc;

/// A number of a row of [`Places`]; `NONE` for what stems from no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlaceId(pub u32);

/// A place of a template, with the words to call it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The template's file as the user named it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What stands there, such as `Distribution › CacheBehaviors[0] › PathPattern`.
    pub label: Box<str>,
    /// The line of the template, without its indentation.
    pub text: Box<str>,
}

/// All places that the facts of one snapshot may name.
#[derive(Clone, Debug, Default)]
pub struct Places {
    rows: Vec<Place>,
}

impl PlaceId {
    /// No place: AWS's own default, or a request.
    pub const NONE: Self = Self(u32::MAX);

    /// The root user of the account, which no template makes.
    pub const ROOT_USER: Self = Self(u32::MAX - 1);
}

impl Places {
    /// Adds a place and gives its number.
    pub fn add(&mut self, place: Place) -> PlaceId {
        if let Some(index) = self.rows.iter().position(|row| *row == place) {
            return PlaceId(u32::try_from(index).unwrap_or(u32::MAX));
        }
        self.rows.push(place);
        PlaceId(u32::try_from(self.rows.len() - 1).unwrap_or(u32::MAX))
    }

    /// The place with that number.
    #[must_use]
    pub fn find(&self, id: PlaceId) -> Option<&Place> {
        self.rows.get(id.0 as usize)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
