//! `OriginGroups` of a distribution, and what `TargetOriginId` may name.

use std::sync::Arc;

use frontgate_edge_rules::{Origin, OriginGroup, validate};

use crate::maker::Maker;
use crate::properties::{Object, Text};

/// What a behavior may name as its target: the origins and the origin groups of its distribution.
pub struct Targets {
    /// The origins.
    pub origins: Vec<Arc<Origin>>,
    /// The origin groups, each with its primary origin.
    pub groups: Vec<(Arc<Origin>, Arc<OriginGroup>)>,
}

impl Targets {
    /// The origin of that id, or the primary origin of the group of that id with the group.
    pub fn find(&self, id: &str) -> Option<(Arc<Origin>, Option<Arc<OriginGroup>>)> {
        let origin = self.origins.iter().find(|origin| *origin.id == *id);
        let group = || self.groups.iter().find(|(_, group)| *group.id == *id);
        match origin {
            Some(origin) => Some((Arc::clone(origin), None)),
            None => group().map(|(primary, group)| (Arc::clone(primary), Some(Arc::clone(group)))),
        }
    }

    /// All ids, for the cure of a wrong one.
    pub fn ids(&self) -> Vec<&str> {
        let groups = self.groups.iter().map(|(_, group)| &*group.id);
        self.origins.iter().map(|origin| &*origin.id).chain(groups).collect()
    }
}

/// Reads the origin groups of a distribution.
pub fn targets(config: &Object<'_>, origins: Vec<Arc<Origin>>, maker: &mut Maker<'_>) -> Targets {
    let mut targets = Targets { origins, groups: Vec::new() };
    let Some(list) = config.object("OriginGroups") else { return targets };
    let groups = list.objects("Items");
    check_quantity(&list, groups.len());
    list.finish();
    if groups.len() > validate::ORIGIN_GROUPS_MAX {
        let message = format!(
            "{}: TooManyOriginGroupsPerDistribution: Processing your request would cause you to exceed the maximum \
             number of origin groups allowed. ({} are given, {} are allowed.)",
            list.path(),
            groups.len(),
            validate::ORIGIN_GROUPS_MAX
        );
        list.problems().error(list.span(), message, "too many", "");
    }
    for object in groups {
        let Some(group) = origin_group(&object, &targets.origins, maker) else { continue };
        if targets.find(&group.1.id).is_some() {
            let id = &group.1.id;
            object.problems().error(
                object.span_of("Id"),
                format!("{}.Id: InvalidArgument: the id {id} is there twice", object.path()),
                "twice",
                "Give each origin and each origin group an id of its own.",
            );
        }
        targets.groups.push(group);
    }
    targets
}

fn origin_group(
    object: &Object<'_>,
    origins: &[Arc<Origin>],
    maker: &mut Maker<'_>,
) -> Option<(Arc<Origin>, Arc<OriginGroup>)> {
    let id = object.required_text("Id");
    let members = members(object);
    let status_codes = status_codes(object);
    if let Some(criteria) = object.text("SelectionCriteria")
        && criteria.value != "default"
    {
        object.unsupported_value("SelectionCriteria", &criteria);
    }
    object.finish();
    let found: Vec<_> = members.iter().map(|member| origin_of(object, member, origins)).collect();
    let ids: Vec<&str> = members.iter().map(|member| member.value.as_ref()).collect();
    let violations = validate::origin_group(&ids, &status_codes);
    for violation in &violations {
        let message = format!("{}: {}: {}", object.path(), violation.code, violation.message);
        object.problems().error(object.span(), message, violation.code, "");
    }
    let [Some(primary), Some(secondary)] = &found[..] else { return None };
    let id = id?.value;
    let codes: Vec<String> = status_codes.iter().map(ToString::to_string).collect();
    let label = format!("the failover status codes of the origin group {id} ({})", codes.join(", "));
    let group = OriginGroup {
        id: id.as_ref().into(),
        secondary: Arc::clone(secondary),
        status_codes,
        failover_criteria_place: maker.place(object.span_of("FailoverCriteria"), label),
    };
    violations.is_empty().then(|| (Arc::clone(primary), Arc::new(group)))
}

fn members<'a>(object: &Object<'a>) -> Vec<Text<'a>> {
    object.require("Members");
    let Some(members) = object.object("Members") else { return Vec::new() };
    members.require("Items");
    let items = members.objects("Items");
    check_quantity(&members, items.len());
    members.finish();
    let id = |member: &Object<'a>| {
        let id = member.required_text("OriginId");
        member.finish();
        id
    };
    items.iter().filter_map(id).collect()
}

fn origin_of(object: &Object<'_>, member: &Text<'_>, origins: &[Arc<Origin>]) -> Option<Arc<Origin>> {
    let found = origins.iter().find(|origin| *origin.id == *member.value);
    if found.is_none() {
        let ids: Vec<&str> = origins.iter().map(|origin| &*origin.id).collect();
        object.problems().error(
            member.span,
            format!(
                "{}.Members: NoSuchOrigin: No origin exists with the specified Origin Id: {}",
                object.path(),
                member.value
            ),
            "no origin has this id",
            format!("The origins are: {}.", ids.join(", ")),
        );
    }
    found.map(Arc::clone)
}

fn status_codes(object: &Object<'_>) -> Vec<u16> {
    object.require("FailoverCriteria");
    let Some(criteria) = object.object("FailoverCriteria") else { return Vec::new() };
    criteria.require("StatusCodes");
    let codes = criteria.object("StatusCodes");
    criteria.finish();
    let Some(codes) = codes else { return Vec::new() };
    codes.require("Items");
    let items = codes.texts("Items");
    check_quantity(&codes, items.len());
    codes.finish();
    let number = |item: &Text<'_>| {
        let number = item.value.parse::<u16>().ok();
        if number.is_none() {
            let message = format!("{}.Items: expected type: Integer, found: {}", codes.path(), item.value);
            codes.problems().error(item.span, message, "no number", "");
        }
        number
    };
    items.iter().filter_map(number).collect()
}

/// `Quantity` may be left out; where it is there it must be right.
fn check_quantity(object: &Object<'_>, items: usize) {
    let Some(quantity) = object.number("Quantity", 0..=u64::from(u32::MAX)) else { return };
    if quantity != items as u64 {
        let message = format!(
            "{}.Quantity: InconsistentQuantities: The value of Quantity and the size of Items don't match.",
            object.path()
        );
        let label = format!("{items} in Items");
        object.problems().error(object.span_of("Quantity"), message, label, format!("Write {items}."));
    }
}
