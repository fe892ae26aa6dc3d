//! Which versions of functions are published? A version is published once, when its resource is made, and stays as it was
//! then: numbers count up for each function, and a version goes with its resource unless it is retained or an alias names it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html>

use std::collections::BTreeMap;

use frontgate_explain::PlaceId;
use frontgate_snapshot::{Code, Function, FunctionVersion};

/// What the deployments of one running `up` have published. A plan begins with that of the last deployment that took place.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// By the names of the functions.
    functions: BTreeMap<String, Versions>,
}

/// The versions of a function.
#[derive(Clone, Debug, Default)]
struct Versions {
    last: u32,
    /// By their numbers.
    all: Vec<Version>,
}

/// A version.
#[derive(Clone, Debug)]
struct Version {
    number: u32,
    /// What publishes it; none once that has gone from the template, or publishes another one.
    resource: Option<VersionResource>,
    /// The function as it was.
    function: Function,
    /// The fingerprint of its code and layers; not known before the deployment that publishes it has taken place.
    fingerprint: Option<[u8; 32]>,
    /// It stays without its resource.
    is_retained: bool,
    /// Its resource is in the template that is planned.
    place: Option<PlaceId>,
    provisioned_concurrency: u32,
}

/// The resource that publishes a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionResource {
    /// Its logical id.
    pub logical_id: String,
    /// `Description` and `CodeSha256`: another one replaces the resource.
    pub properties: (Option<String>, Option<String>),
}

/// How a version is to be published.
#[derive(Clone, Copy, Debug)]
pub struct Publication {
    /// SAM names the resource by the code: other code is another resource.
    pub is_named_by_code: bool,
    /// The version stays when its resource goes.
    pub is_retained: bool,
    /// The place of the resource.
    pub place: PlaceId,
}

/// Nothing has changed since that version was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unchanged(pub u32);

impl Published {
    /// The numbers of the versions of a function.
    #[must_use]
    pub fn numbers(&self, function: &str) -> Vec<u32> {
        self.versions(function).map(|version| version.number).collect()
    }

    /// Learns the fingerprints of what has been deployed, by the names of functions and the numbers of versions.
    pub fn learn(&mut self, fingerprint: impl Fn(&str, u32) -> Option<[u8; 32]>) {
        for (name, versions) in &mut self.functions {
            for version in versions.all.iter_mut().filter(|version| version.fingerprint.is_none()) {
                version.fingerprint = fingerprint(name, version.number);
            }
        }
    }

    /// Begins a plan: no resource has claimed its version yet.
    pub(crate) fn begin(&mut self) {
        for version in self.functions.values_mut().flat_map(|versions| &mut versions.all) {
            (version.place, version.provisioned_concurrency) = (None, 0);
        }
    }

    /// The number of the version of a resource: that which it has published already, or a new one. `now` is the function as
    /// the template has it, and `fingerprint` that of its code and layers as they lie there.
    pub(crate) fn publish(
        &mut self,
        resource: VersionResource,
        how: Publication,
        now: &Function,
        fingerprint: Option<[u8; 32]>,
    ) -> Result<u32, Unchanged> {
        let versions = self.functions.entry(now.name.to_string()).or_default();
        let is_its =
            |version: &&mut Version| version.resource.as_ref() == Some(&resource) && version.place.is_none();
        if let Some(own) = versions.all.iter_mut().find(is_its)
            && !(how.is_named_by_code && own.has_other_code(now, fingerprint))
        {
            (own.place, own.is_retained) = (Some(how.place), how.is_retained);
            return Ok(own.number);
        }
        if let Some(last) = versions.all.last().filter(|last| last.is(now, fingerprint)) {
            return Err(Unchanged(last.number));
        }
        versions.last += 1;
        let number = versions.last;
        versions.all.push(Version {
            number,
            resource: Some(resource),
            function: Function { reserved_concurrency: None, credentials: None, ..now.clone() },
            fingerprint: None,
            is_retained: how.is_retained,
            place: Some(how.place),
            provisioned_concurrency: 0,
        });
        Ok(number)
    }

    /// Has so many more execution environments started in advance for a version.
    pub(crate) fn provision(&mut self, function: &str, number: u32, count: u32) {
        let versions = self.functions.get_mut(function).into_iter().flat_map(|versions| &mut versions.all);
        for version in versions.filter(|version| version.number == number) {
            version.provisioned_concurrency = version.provisioned_concurrency.saturating_add(count);
        }
    }

    /// How many execution environments all versions of a function have started in advance.
    pub(crate) fn provisioned_of_all(&self, function: &str) -> u32 {
        self.versions(function).fold(0, |sum, version| sum.saturating_add(version.provisioned_concurrency))
    }

    /// How many execution environments a version itself has started in advance.
    pub(crate) fn provisioned(&self, function: &str, number: u32) -> u32 {
        self.versions(function)
            .find(|version| version.number == number)
            .map_or(0, |version| version.provisioned_concurrency)
    }

    /// Ends a plan: what is neither in the template nor retained nor named by an alias goes. All that stay, each in the
    /// place of its resource, else in that of its function.
    pub(crate) fn end(
        &mut self,
        functions: &[Function],
        is_named: impl Fn(&str, u32) -> bool,
    ) -> Vec<FunctionVersion> {
        self.functions.retain(|name, _| functions.iter().any(|function| *function.name == **name));
        for (name, versions) in &mut self.functions {
            let stays = |version: &Version| version.place.is_some() || is_named(name, version.number);
            versions.all.retain(|version| version.is_retained || stays(version));
            for version in versions.all.iter_mut().filter(|version| version.place.is_none()) {
                version.resource = None;
            }
            let retained = versions.all.iter().filter(|version| !stays(version)).count();
            let mut too_many = retained.saturating_sub(RETAINED_VERSIONS_MAX);
            versions.all.retain(|version| {
                let goes = too_many > 0 && !stays(version);
                too_many -= usize::from(goes);
                !goes
            });
        }
        let version = |version: &Version| {
            let function = functions.iter().find(|function| function.name == version.function.name)?;
            Some(FunctionVersion {
                function: Function {
                    place: version.place.unwrap_or(function.place),
                    reserved_concurrency: function.reserved_concurrency,
                    ..version.function.clone()
                },
                number: version.number,
                provisioned_concurrency: version.provisioned_concurrency,
            })
        };
        self.functions.values().flat_map(|versions| &versions.all).filter_map(version).collect()
    }

    fn versions(&self, function: &str) -> impl Iterator<Item = &Version> {
        self.functions.get(function).into_iter().flat_map(|versions| &versions.all)
    }
}

impl Version {
    fn has_other_code(&self, now: &Function, fingerprint: Option<[u8; 32]>) -> bool {
        let is_same = match (&self.function.code, &now.code) {
            (Code::Inline(old), Code::Inline(new)) => old == new,
            // One that is published by this very plan has the code that lies there now.
            (Code::Folder(old), Code::Folder(new)) => {
                old == new && (self.fingerprint.is_none() || self.fingerprint == fingerprint)
            }
            _ => false,
        };
        !is_same
    }

    /// Whether the function is what it was when it was published: code and settings.
    fn is(&self, now: &Function, fingerprint: Option<[u8; 32]>) -> bool {
        let settings = Function {
            code: self.function.code.clone(),
            reserved_concurrency: None,
            credentials: None,
            permissions: Vec::new(),
            place: self.function.place,
            ..now.clone()
        };
        settings == self.function && !self.has_other_code(now, fingerprint)
    }
}

/// How many versions of a function stay that no resource and no alias names; the oldest go first. AWS keeps all of them.
const RETAINED_VERSIONS_MAX: usize = 20;

#[cfg(test)]
mod tests;
